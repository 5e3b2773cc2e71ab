/** What a person typed → the post as it is signed: who is named, what is answered or quoted, and who will see it. */
import * as nip19 from 'nostr-tools/nip19'
import { type EventTemplate, type NostrEvent, tagValues } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'
import { KIND } from '../../event/kinds.ts'
import { npubOf } from '../../event/npub.ts'
import { segmentsOf } from './segments.ts'

/** A post as it is being written. */
export interface Writing {
  readonly text: string
  /** Names as they stand in the text (`@Bob`) → whom they mean. */
  readonly mentions: readonly Mention[]
  /** Why to look twice (NIP-36); empty for "it says so by itself"; undefined for no warning. */
  readonly warning?: string
  /** Descriptions of pictures, by URL (NIP-92). */
  readonly descriptions?: Readonly<Record<string, string>>
  /** Named people are not told, and everybody sees the post. */
  readonly isOpen?: boolean
}

export interface Mention {
  readonly label: string
  readonly pubkey: string
}

export const NOTHING_WRITTEN: Writing = { text: '', mentions: [] }

/** What the post stands to. */
export type Towards =
  | { readonly what: 'new' }
  | { readonly what: 'reply'; readonly to: NostrEvent }
  | { readonly what: 'quote'; readonly of: NostrEvent }

export type PostDraft = Omit<EventTemplate, 'created_at'>

/** @param author who signs: their own name in a post sends it to nobody */
export function draftOf(writing: Writing, towards: Towards, author: string): PostDraft {
  const content = withReferences(writing)
  const body = towards.what === 'quote' ? `${content}\n\n${referenceTo(towards.of)}`.trim() : content
  const named = new Set(mentioned(body))
  const tags: string[][] = []
  if (towards.what === 'reply') {
    tags.push(...replyTags(towards.to))
    for (const pubkey of [towards.to.pubkey, ...tagValues(towards.to, 'p')]) named.add(pubkey)
  }
  if (towards.what === 'quote') {
    tags.push(['q', towards.of.id, '', towards.of.pubkey])
    named.add(towards.of.pubkey)
  }
  if (!(writing.isOpen && towards.what === 'new')) {
    for (const pubkey of named) if (isHex32(pubkey) && pubkey !== author) tags.push(['p', pubkey])
  }
  for (const tag of hashtags(body)) tags.push(['t', tag])
  for (const [url, alt] of Object.entries(writing.descriptions ?? {})) {
    if (alt.trim() !== '' && body.includes(url)) tags.push(['imeta', `url ${url}`, `alt ${alt.trim()}`])
  }
  if (writing.warning !== undefined) {
    tags.push(writing.warning === '' ? ['content-warning'] : ['content-warning', writing.warning])
  }
  return { kind: KIND.post, content: body, tags }
}

/** Who will see a post: everybody, or the people it is sent to. The rule is the node's (specification/event.md). */
export function audienceOf(
  { kind, tags }: Pick<EventTemplate, 'kind' | 'tags'>,
  author: string,
): 'everybody' | readonly string[] {
  const named = [...new Set(tagValues({ tags }, 'p'))].filter(pubkey => isHex32(pubkey) && pubkey !== author)
  if (kind === KIND.reaction) return named.slice(-1)
  if (kind !== KIND.post || tags.some(([name]) => name === 'q') || named.length === 0) return 'everybody'
  return named
}

/** `@Bob` → `nostr:npub1…`; longer names first, so that "@Bob" does not eat the beginning of "@Bobby". */
function withReferences({ text, mentions }: Writing): string {
  const byLength = mentions.toSorted((a, b) => b.label.length - a.label.length)
  let result = text.trim()
  for (const { label, pubkey } of byLength) result = result.replaceAll(label, `nostr:${npubOf(pubkey)}`)
  return result
}

function mentioned(content: string): readonly string[] {
  return segmentsOf({ content, tags: [] }).flatMap(segment => (segment.what === 'person' ? segment.pubkey : []))
}

function hashtags(content: string): readonly string[] {
  const tags = segmentsOf({ content, tags: [] }).flatMap(segment => (segment.what === 'tag' ? segment.tag : []))
  return [...new Set(tags)]
}

/** The marks of NIP-10: the first post of the conversation, and what is answered. */
function replyTags(to: NostrEvent): string[][] {
  const root = to.tags.find(([name, id, , mark]) => name === 'e' && mark === 'root' && isHex32(id))
  if (root === undefined) return [['e', to.id, '', 'root', to.pubkey]]
  const [, id, hint = '', , author] = root
  return [
    isHex32(author) ? ['e', id!, hint, 'root', author] : ['e', id!, hint, 'root'],
    ['e', to.id, '', 'reply', to.pubkey],
  ]
}

function referenceTo({ id, pubkey, kind }: NostrEvent): string {
  return `nostr:${nip19.neventEncode({ id, author: pubkey, kind })}`
}

/** A like (NIP-25): its author's node alone is told. */
export function likeOf({ id, pubkey, kind }: NostrEvent): PostDraft {
  return {
    kind: KIND.reaction,
    content: '+',
    tags: [
      ['e', id],
      ['p', pubkey],
      ['k', String(kind)],
    ],
  }
}

/** A repost (NIP-18), with the post inside for clients that have it from nowhere else; protected ones without (NIP-70). */
export function repostOf(event: NostrEvent): PostDraft {
  const { id, pubkey, kind } = event
  const isProtected = event.tags.some(tag => tag.length === 1 && tag[0] === '-')
  const tags = [
    ['e', id],
    ['p', pubkey],
  ]
  const content = isProtected ? '' : JSON.stringify(event)
  if (kind === KIND.post) return { kind: KIND.repost, content, tags }
  return { kind: KIND.genericRepost, content, tags: [...tags, ['k', String(kind)]] }
}

/** Takes one's own events back (NIP-09), as far as others follow that. */
export function deletionOf(events: readonly NostrEvent[]): PostDraft {
  const kinds = new Set(events.map(({ kind }) => String(kind)))
  return {
    kind: KIND.deletion,
    content: '',
    tags: [...events.map(({ id }) => ['e', id]), ...[...kinds].map(kind => ['k', kind])],
  }
}
