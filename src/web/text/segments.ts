/**
 * The text of a post → parts that can be drawn: words, links, hashtags, people, posts, pictures. Linear in its length,
 * and nothing of it is ever taken for markup.
 */
import * as nip19 from 'nostr-tools/nip19'
import type { NostrEvent, Tag } from '../../event/event.ts'
import { isHex32 } from '../../event/hex.ts'

export type Segment =
  | { readonly what: 'text'; readonly text: string }
  | { readonly what: 'link'; readonly url: string; readonly text: string }
  | { readonly what: 'picture' | 'video'; readonly url: string; readonly alt: string; readonly ratio?: number }
  | { readonly what: 'tag'; readonly tag: string; readonly text: string }
  | { readonly what: 'person'; readonly pubkey: string }
  /** `author` when the reference names one: whom to ask for it. */
  | { readonly what: 'post'; readonly id: string; readonly author?: string }
  /** An addressable event (naddr): shown by its name, opened elsewhere. */
  | { readonly what: 'other'; readonly text: string }

/** More parts than these are not told apart: the rest is one text. */
const MAX_SEGMENTS = 2_000
const MAX_URL = 2_000
/** Marks that are stacked on one letter (zalgo) beyond these are left out. */
const MAX_MARKS = 4

const PIECE = new RegExp(
  [
    /(?<url>https?:\/\/[^\s<>"'`{}|\\^\p{Cc}\p{Cf}]+)/u,
    /(?<nostr>(?:nostr:)?(?:npub1|nprofile1|note1|nevent1|naddr1)[02-9ac-hj-np-z]{20,1500})/u,
    /(?<hash>(?<![\p{L}\p{N}_&/])#[\p{L}\p{N}_\p{M}]{1,100})/u,
    /(?<old>#\[\d{1,3}\])/u,
  ]
    .map(part => part.source)
    .join('|'),
  'giu',
)
const PICTURE = /\.(?:jpe?g|png|gif|webp|avif)$/i
const VIDEO = /\.(?:mp4|webm|mov)$/i

export function segmentsOf(event: Pick<NostrEvent, 'content' | 'tags'>): readonly Segment[] {
  const text = event.content.replace(MARKS, '$1')
  const segments: Segment[] = []
  let at = 0
  for (const match of text.matchAll(PIECE)) {
    if (segments.length >= MAX_SEGMENTS) break
    const segment = segmentOf(match, event.tags)
    if (segment === undefined) continue
    if (match.index > at) segments.push({ what: 'text', text: text.slice(at, match.index) })
    segments.push(segment.segment)
    at = match.index + segment.length
  }
  if (at < text.length) segments.push({ what: 'text', text: text.slice(at) })
  return segments
}

const MARKS = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu')

/** What a match stands for, and how many of its characters belong to it; undefined when it is plain text. */
function segmentOf(match: RegExpExecArray, tags: readonly Tag[]): { segment: Segment; length: number } | undefined {
  const { url, nostr, hash, old } = match.groups ?? {}
  if (url !== undefined) return linkOf(url, tags)
  if (nostr !== undefined) {
    const segment = referenceOf(nostr.replace(/^nostr:/i, '').toLowerCase())
    return segment && { segment, length: nostr.length }
  }
  if (hash !== undefined) {
    const tag = hash.slice(1).normalize('NFKC').toLowerCase()
    // "#1" is a number, no subject.
    if (/^[\p{N}_]*$/u.test(tag)) return undefined
    return { segment: { what: 'tag', tag, text: hash }, length: hash.length }
  }
  const place = Number(old!.slice(2, -1))
  const segment = taggedOf(tags[place])
  return segment && { segment, length: old!.length }
}

function linkOf(raw: string, tags: readonly Tag[]): { segment: Segment; length: number } | undefined {
  const text = withoutTrail(raw)
  if (text.length > MAX_URL) return undefined
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return undefined
  }
  // A name before the host ("https://bank.example@evil.example") is there to deceive.
  if (url.username !== '' || url.password !== '') return undefined
  const { length } = text
  const what = PICTURE.test(url.pathname) ? 'picture' : VIDEO.test(url.pathname) ? 'video' : undefined
  if (what === undefined) return { segment: { what: 'link', url: url.href, text }, length }
  return { segment: { what, url: url.href, ...describedIn(tags, text) }, length }
}

/** Full stops and closing brackets behind an address belong to the sentence. */
function withoutTrail(url: string): string {
  const counts = new Map<string, number>()
  for (const character of url) counts.set(character, (counts.get(character) ?? 0) + 1)
  let end = url.length
  while (end > 0) {
    const last = url[end - 1]!
    const opens = OPENING[last]
    const isLoose = opens !== undefined && (counts.get(opens) ?? 0) < counts.get(last)!
    if (!isLoose && !'.,;:!?、。，；：！？'.includes(last)) break
    counts.set(last, counts.get(last)! - 1)
    end--
  }
  return url.slice(0, end)
}

const OPENING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '）': '（', '」': '「', '』': '『' }

/** What the author says about a picture (NIP-92): its description, and its shape so that nothing jumps. */
function describedIn(tags: readonly Tag[], url: string): { alt: string; ratio?: number } {
  const imeta = tags.find(tag => tag[0] === 'imeta' && tag.includes(`url ${url}`))
  const field = (name: string) => imeta?.find(entry => entry.startsWith(`${name} `))?.slice(name.length + 1)
  const alt = field('alt') ?? ''
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(field('dim') ?? '') ?? []
  const ratio = Number(width) / Number(height)
  return ratio > 0.1 && ratio < 10 ? { alt, ratio } : { alt }
}

function referenceOf(code: string): Segment | undefined {
  try {
    const { type, data } = nip19.decode(code)
    switch (type) {
      case 'npub':
        return personSegment(data)
      case 'nprofile':
        return personSegment(data.pubkey)
      case 'note':
        return postSegment(data)
      case 'nevent':
        return postSegment(data.id, data.author)
      case 'naddr':
        return { what: 'other', text: `nostr:${code}` }
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

/** The old way to name somebody: `#[2]` is the third tag. */
function taggedOf(tag: Tag | undefined): Segment | undefined {
  const [name, value = ''] = tag ?? []
  if (name === 'p') return personSegment(value)
  return name === 'e' ? postSegment(value) : undefined
}

function personSegment(pubkey: string): Segment | undefined {
  return isHex32(pubkey) ? { what: 'person', pubkey } : undefined
}

function postSegment(id: string, author?: string): Segment | undefined {
  if (!isHex32(id)) return undefined
  return isHex32(author) ? { what: 'post', id, author } : { what: 'post', id }
}
