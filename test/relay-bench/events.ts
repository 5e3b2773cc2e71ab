/** The events of all measurements: the same in every run, signed once and kept in the system's temporary folder. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventTemplate, VerifiedEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { POST_CHARS, signed, writer } from '../bench/posts.ts'

export const AUTHORS = 100
/** Of so many posts the first is answered by a third of them: 166 answers for each. */
const POSTS_PER_ROOT = 500
/** 2026-01-01: no relay takes that for the future or for too old. */
export const FIRST_SECOND = 1_767_225_600
/** Between two posts. */
export const STEP_SECONDS = 10
const VERSION = 4

export const CACHE = join(tmpdir(), 'nostrp2p-relay-bench')

export interface SampleEvent {
  readonly id: string
  readonly pubkey: string
  readonly json: string
}

/** Posts by turns of 100 authors, oldest first; every third answers one of the first, by an `e` tag. */
export function sampleEvents(count: number, progress: (text: string) => void): SampleEvent[] {
  mkdirSync(CACHE, { recursive: true })
  const file = join(CACHE, `events-${VERSION}-${count}.jsonl`)
  if (!existsSync(file)) {
    const lines: string[] = []
    const people = Array.from({ length: AUTHORS }, (_, i) => writer(`relay ${i}`))
    const roots: string[] = []
    for (let i = 0; i < count; i++) {
      if (i % 5_000 === 0) progress(`signing event ${i} of ${count}, once for all runs`)
      const event = sample(people[i % AUTHORS]!, i, roots)
      if (roots.length < count / POSTS_PER_ROOT && i % 3 !== 0) roots.push(event.id)
      lines.push(JSON.stringify(event))
    }
    writeFileSync(`${file}.${process.pid}`, lines.join('\n'))
    renameSync(`${file}.${process.pid}`, file)
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .map(json => ({ ...(JSON.parse(json) as { id: string; pubkey: string }), json }))
    .map(({ id, pubkey, json }) => ({ id, pubkey, json }))
}

/** Ids of the posts that are answered. */
export function answeredIds(events: readonly SampleEvent[]): string[] {
  return events
    .filter((_, i) => i % 3 !== 0)
    .slice(0, events.length / POSTS_PER_ROOT)
    .map(({ id }) => id)
}

function sample(author: KeyPair, number: number, roots: readonly string[]): VerifiedEvent {
  const answered = number % 3 === 0 && roots.length > 0 ? roots[(number / 3) % roots.length]! : undefined
  const tags: EventTemplate['tags'] = answered === undefined ? [] : [['e', answered, '', 'root']]
  return signed(author, { kind: 1, created_at: FIRST_SECOND + number * STEP_SECONDS, tags, content: text(number) })
}

/** Posts of somebody who wrote before all others. */
export function warmUpEvents(count: number): SampleEvent[] {
  const author = writer('relay warm-up')
  return Array.from({ length: count }, (_, i) => {
    const created_at = FIRST_SECOND - (count - i) * STEP_SECONDS
    const event = signed(author, { kind: 1, created_at, tags: [], content: text(2_000_000 + i) })
    return { id: event.id, pubkey: event.pubkey, json: JSON.stringify(event) }
  })
}

/** A post of now, by one of many authors. */
export function livePost(author: KeyPair, number: number): { id: string; json: string } {
  const created_at = Math.floor(Date.now() / 1000)
  const event = signed(author, { kind: 1, created_at, tags: [], content: text(1_000_000 + number) })
  return { id: event.id, json: JSON.stringify(event) }
}

/** Words from most to least common, as pronounceable letters. */
const WORDS = Array.from({ length: 8_000 }, (_, i) => {
  const digest = createHash('sha256').update(`word ${i}`).digest()
  const syllables = 1 + (digest[0]! % 3) + (i > 100 ? 1 : 0)
  let word = ''
  for (let s = 0; s < syllables; s++)
    word += 'bdfgklmnprstvz'[digest[2 * s + 1]! % 14]! + 'aeiou'[digest[2 * s + 2]! % 5]!
  return word
})

/** As common as this rank in natural text (Zipf). */
export function wordOfRank(rank: number): string {
  return WORDS[rank]!
}

function text(number: number): string {
  let seed = (number * 2_654_435_761) >>> 0
  let words = `${number}`
  while (words.length < POST_CHARS) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    const share = (seed >>> 8) / 2 ** 24
    words += ` ${WORDS[Math.floor(WORDS.length ** share) - 1]}`
  }
  return words.slice(0, POST_CHARS)
}
