/** What came since the last push → what the next one says, in the language of the device. */
import type { NostrEvent } from '../event/event.ts'
import { shortNpub } from '../event/npub.ts'
import type { Notice } from '../flow/notices.ts'
import type { PushLanguage, PushMessage } from '../wire/push.ts'
import { plain } from '../words/plain-text.ts'

/** Things that came, of which the latest is told. */
export interface Batch {
  readonly latest: Notice
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly counts: Readonly<Record<Notice['what'], number>>
}

/** A push has 4 kB, of which this takes 700 bytes at most. */
const BODY_CHARS = 140

interface Words {
  readonly one: Readonly<Record<Notice['what'], (name: string) => string>>
  readonly several: (count: number) => string
  readonly counts: Readonly<Record<Notice['what'], (count: number) => string>>
  readonly and: string
}

const WORDS: Readonly<Record<PushLanguage, Words>> = {
  en: {
    one: {
      mention: name => `${name} mentioned you`,
      reply: name => `${name} replied to you`,
      like: name => `${name} likes your post`,
    },
    several: count => `${count} new things for you`,
    counts: {
      mention: count => (count === 1 ? '1 mention' : `${count} mentions`),
      reply: count => (count === 1 ? '1 reply' : `${count} replies`),
      like: count => (count === 1 ? '1 like' : `${count} likes`),
    },
    and: ', ',
  },
  ja: {
    one: {
      mention: name => `${name} さんがあなたをメンションしました`,
      reply: name => `${name} さんが返信しました`,
      like: name => `${name} さんがいいねしました`,
    },
    several: count => `新しい通知が ${count} 件あります`,
    counts: {
      mention: count => `メンション ${count} 件`,
      reply: count => `返信 ${count} 件`,
      like: count => `いいね ${count} 件`,
    },
    and: '、',
  },
}

/** @param before what is waiting already */
export function batchOf(notice: Notice, atMs: number, before?: Batch): Batch {
  const none = { mention: 0, reply: 0, like: 0 }
  const counts = { ...(before?.counts ?? none) }
  counts[notice.what] += 1
  return { latest: notice, atMs, counts }
}

/** What could not be sent, with what came after it. */
export function joined(earlier: Batch, later: Batch | undefined): Batch {
  if (later === undefined) return earlier
  const counts = { ...later.counts }
  for (const what of ['mention', 'reply', 'like'] as const) counts[what] += earlier.counts[what]
  return { ...later, counts }
}

/** @param name what the author goes by, if that is known */
export function messageOf(batch: Batch, language: PushLanguage, name: string | undefined): PushMessage {
  const { latest, atMs, counts } = batch
  const { event, about } = latest
  const words = WORDS[language]
  const count = counts.mention + counts.reply + counts.like
  const who = { pubkey: event.pubkey, name: name ?? null }
  const common = { v: 1, count, who, id: event.id, about, at: new Date(atMs).toISOString() } as const
  if (count === 1) {
    const title = words.one[latest.what](name ?? shortNpub(event.pubkey))
    return { ...common, what: latest.what, title, body: beginning(latest.what, event) }
  }
  const kinds = (['reply', 'mention', 'like'] as const).filter(what => counts[what] > 0)
  const body = kinds.map(what => words.counts[what](counts[what])).join(words.and)
  return { ...common, what: 'several', title: words.several(count), body }
}

/** What a like holds is a sign and no text. */
function beginning(what: Notice['what'], { content }: NostrEvent): string {
  return what === 'like' ? '' : plain(content, BODY_CHARS)
}
