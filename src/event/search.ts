/**
 * Full text search (NIP-50): what the words of an event are, and what a search asks for. Pure, and linear in the text;
 * `Intl.Segmenter` would know Japanese and Chinese words, but costs megabytes: pairs of characters find as much.
 */
import { type NostrEvent, tagValue } from './event.ts'
import { KIND } from './kinds.ts'

/** Different words of one event that can be found; a post of 140 characters has about 25. */
export const MAX_EVENT_WORDS = 256
/** UTF-16 units of the text that words are taken from. */
const MAX_TEXT = 16 * 1024
/** Longer words, keys for instance, are found by their beginning. */
const MAX_WORD = 40
/** UTF-16 units of a search, and words of it that count. */
export const MAX_SEARCH_CHARS = 500
export const MAX_SEARCH_WORDS = 16

const LONG_FORM = 30_023
const ASCII = /^[\0-\x7f]*$/
const WORD = /[\p{L}\p{N}\p{M}]+/gu
/** Scripts that are written without spaces between words; with the mark of long vowels. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc]+/gu
/** More in a row than any language writes (UAX #15, stream-safe text). */
const TOO_MANY_MARKS = /(\p{M}{30})\p{M}+/gu
const HAN = /\p{Script=Han}/u
/** `key:value`, an extension of NIP-50; none is known here, so they are passed over. A URL is none. */
const EXTENSION = /^[a-z_]+:(?!\/\/)\S+$/i

export function isSearchable(kind: number): boolean {
  return kind === KIND.post || kind === KIND.profile || kind === LONG_FORM
}

/** The text of an event that can be searched, most telling part first. */
export function searchableText(event: Pick<NostrEvent, 'kind' | 'content' | 'tags'>): string {
  if (event.kind === KIND.profile) {
    const { name, display_name, nip05, about } = profileOf(event.content)
    return [name, display_name, nip05, about].filter(text => typeof text === 'string').join('\n')
  }
  if (event.kind === LONG_FORM)
    return `${tagValue(event, 'title') ?? ''}\n${tagValue(event, 'summary') ?? ''}\n${event.content}`
  return event.content
}

/** What a profile's person is called. */
function namesIn(event: Pick<NostrEvent, 'kind' | 'content'>): string {
  const { name, display_name, nip05 } = profileOf(event.content)
  return [name, display_name, nip05].filter(text => typeof text === 'string').join('\n')
}

/** The different words of an event, none for kinds that are not searched. */
export function wordsOf(event: Pick<NostrEvent, 'kind' | 'content' | 'tags'>): Set<string> {
  const words = new Set<string>()
  if (isSearchable(event.kind)) addWords(searchableText(event), words, MAX_EVENT_WORDS, true)
  return words
}

export interface Search {
  /** All of them must be there. */
  readonly words: readonly string[]
  /** The words as they stand after one another. */
  readonly phrase: string
}

/** What a search asks for; undefined if it asks for nothing in particular. No words: nothing is found. */
export function parseSearch(text: string): Search | undefined {
  const parts = text
    .slice(0, MAX_SEARCH_CHARS)
    .split(/\s+/)
    .filter(part => part !== '' && !EXTENSION.test(part))
  if (parts.length === 0) return undefined
  const words = new Set<string>()
  const asked = normalize(parts.join(' ')).slice(0, MAX_SEARCH_CHARS)
  addWords(asked, words, MAX_SEARCH_WORDS, false)
  return { words: [...words], phrase: asked }
}

export function hasAllWords({ words }: Search, event: Pick<NostrEvent, 'kind' | 'content' | 'tags'>): boolean {
  if (words.length === 0 || !isSearchable(event.kind)) return false
  const text = searchableText(event)
  if (isPlain(text)) {
    const plain = text.toLowerCase()
    return words.every(word => hasPlainWord(plain, word))
  }
  const own = wordsOf(event)
  return words.every(word => own.has(word))
}

/** Whether its words are what stands between other characters, and all of them count: nearly every post, in a tenth of the time. */
function isPlain(text: string): boolean {
  return text.length <= 2 * MAX_EVENT_WORDS && ASCII.test(text)
}

function hasPlainWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    const isStart = at === 0 || !isPlainLetter(text.charCodeAt(at - 1))
    const end = at + word.length
    // Of longer words only the beginning was kept.
    if (isStart && (end === text.length || word.length === MAX_WORD || !isPlainLetter(text.charCodeAt(end))))
      return true
  }
  return false
}

/** A lower-case letter or a digit. */
function isPlainLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
}

/** How well an event matches that has all words: 2 the name of a person, 1 the words as they were written, 0 the words. */
export function qualityOf({ words, phrase }: Search, event: Pick<NostrEvent, 'kind' | 'content' | 'tags'>): number {
  if (event.kind === KIND.profile) {
    const names = new Set<string>()
    addWords(namesIn(event), names, MAX_EVENT_WORDS, true)
    if (words.every(word => names.has(word))) return 2
  }
  return words.length > 1 && normalize(searchableText(event).slice(0, MAX_TEXT)).includes(phrase) ? 1 : 0
}

/** Marks are put in order by comparing each with those before it, so a run of thousands would take its square in time. */
function normalize(text: string): string {
  return text.replace(TOO_MANY_MARKS, '$1').normalize('NFKC').toLowerCase()
}

/** @param isIndexed with single Han characters beside the pairs, so that a search for one finds them */
function addWords(text: string, words: Set<string>, max: number, isIndexed: boolean): void {
  // One character may become eighteen.
  for (const [run] of normalize(text.slice(0, MAX_TEXT)).slice(0, MAX_TEXT).matchAll(WORD)) {
    let at = 0
    for (const match of run.matchAll(UNSPACED)) {
      addWord(run.slice(at, match.index), words)
      addPairs([...match[0]], words, max, isIndexed)
      at = match.index + match[0].length
    }
    addWord(run.slice(at), words)
    if (words.size >= max) break
  }
  for (const word of [...words].slice(max)) words.delete(word)
}

function addWord(word: string, words: Set<string>): void {
  if (word !== '') words.add(word.slice(0, MAX_WORD))
}

function addPairs(characters: readonly string[], words: Set<string>, max: number, isIndexed: boolean): void {
  if (characters.length === 1) words.add(characters[0]!)
  for (let i = 0; i < characters.length && words.size < max; i++) {
    if (isIndexed && HAN.test(characters[i]!)) words.add(characters[i]!)
    if (i > 0) words.add(characters[i - 1]! + characters[i]!)
  }
}

function profileOf(content: string): Record<string, unknown> {
  try {
    const profile: unknown = JSON.parse(content)
    return typeof profile === 'object' && profile !== null ? { ...profile } : {}
  } catch {
    return {}
  }
}
