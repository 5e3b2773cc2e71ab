/**
 * The words of one segment of the search index, spread over some keys by their hashes. A value holds the words that
 * fell on its key, one after the other: the rest of the hash, the number of events less one, and their places, a byte
 * each; of more than 32 events a bit for every place instead.
 */
/** Keys that the words of a segment are spread over; a power of two. */
export const WORD_KEYS = 64
/** Events of one segment: their places are bytes. */
export const SEGMENT_EVENTS = 256

const REST_BYTES = 3
const HEAD_BYTES = REST_BYTES + 1
const BITMAP_BYTES = SEGMENT_EVENTS / 8

/** Where a word stands. Words that share it are told apart when the events are read. */
export interface WordPlace {
  /** Of the key, below `WORD_KEYS`. */
  readonly slot: number
  /** 24 bits. */
  readonly rest: number
}

/**
 * FNV-1a over the UTF-16 units of the word, with the last step of MurmurHash3, which spreads short words: twenty times as
 * fast as a hash that nobody could aim at, and who aims at a word could as well write it.
 */
export function placeOfWord(word: string): WordPlace {
  let hash = 0x811c9dc5
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash ^= hash >>> 16
  return { slot: (hash >>> 24) % WORD_KEYS, rest: hash & 0xff_ffff }
}

/** The words of a segment while it is made; numbers only, so that thousands of segments leave little to collect. */
export class WordList {
  readonly #slots = Array.from({ length: WORD_KEYS }, () => new NumberList())

  add({ slot, rest }: WordPlace, place: number): void {
    this.#slots[slot]!.push(rest * SEGMENT_EVENTS + place)
  }

  clear(): void {
    for (const numbers of this.#slots) numbers.clear()
  }

  /**
   * Slot by slot, each a small piece of work.
   * @param gone places whose words are left out
   */
  *encode(gone: ReadonlySet<number>): Generator<[slot: number, value: Buffer]> {
    for (const [slot, list] of this.#slots.entries()) {
      const value = encodeSlot(list.sorted(), gone)
      if (value.length > 0) yield [slot, value]
    }
  }
}

/** Rest and place of a word as one number of 32 bits, so that sorting them is all there is to do. */
class NumberList {
  #numbers = new Uint32Array(128)
  #count = 0

  push(number: number): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Uint32Array(2 * this.#count)
      larger.set(this.#numbers)
      this.#numbers = larger
    }
    this.#numbers[this.#count++] = number
  }

  clear(): void {
    this.#count = 0
  }

  sorted(): Uint32Array {
    return this.#numbers.subarray(0, this.#count).sort()
  }
}

function encodeSlot(numbers: Uint32Array, gone: ReadonlySet<number>): Buffer {
  const bytes = Buffer.alloc(numbers.length * (HEAD_BYTES + 1))
  const restAt = (i: number): number => Math.floor(numbers[i]! / SEGMENT_EVENTS)
  let at = 0
  for (let i = 0; i < numbers.length; ) {
    const rest = restAt(i)
    const places: number[] = []
    for (; i < numbers.length && restAt(i) === rest; i++) {
      const place = numbers[i]! % SEGMENT_EVENTS
      // Two words of one event may share a hash.
      if (places.at(-1) !== place && !gone.has(place)) places.push(place)
    }
    if (places.length > 0) at = writeWord(bytes, at, rest, places)
  }
  return bytes.subarray(0, at)
}

/** Ascending places of the events that have this word; none if it is not there. */
export function placesIn(postings: Buffer, rest: number): Uint8Array {
  const at = findWord(postings, rest)
  return at === -1 ? new Uint8Array(0) : readPlaces(postings, at)
}

/** The words without these events; empty if nothing is left. */
export function withoutPlaces(postings: Buffer, gone: ReadonlySet<number>): Buffer {
  const isGone = new Uint8Array(SEGMENT_EVENTS)
  for (const place of gone) isGone[place] = 1
  const left = Buffer.alloc(postings.length)
  let end = 0
  for (let at = 0, next = 0; at < postings.length; at = next) {
    const count = postings[at + REST_BYTES]! + 1
    next = at + HEAD_BYTES + placesBytes(count)
    if (!hasAny(postings, at, count, isGone)) {
      end += postings.copy(left, end, at, next)
      continue
    }
    const staying = readPlaces(postings, at).filter(place => isGone[place] === 0)
    if (staying.length > 0) end = writeWord(left, end, postings.readUIntBE(at, REST_BYTES), staying)
  }
  return left.subarray(0, end)
}

/** Of many events it is not looked at: one of them is likely to be there. */
function hasAny(postings: Buffer, at: number, count: number, isThere: Uint8Array): boolean {
  if (count > BITMAP_BYTES) return true
  const from = at + HEAD_BYTES
  for (let i = from; i < from + count; i++) if (isThere[postings[i]!] === 1) return true
  return false
}

/** Where the word begins; -1 if it is not there. */
function findWord(postings: Buffer, rest: number): number {
  for (let at = 0; at < postings.length; ) {
    if (postings.readUIntBE(at, REST_BYTES) === rest) return at
    at += HEAD_BYTES + placesBytes(postings[at + REST_BYTES]! + 1)
  }
  return -1
}

function readPlaces(postings: Buffer, at: number): Uint8Array {
  const from = at + HEAD_BYTES
  const count = postings[at + REST_BYTES]! + 1
  if (count <= BITMAP_BYTES) return postings.subarray(from, from + count)
  const places = new Uint8Array(count)
  let found = 0
  for (let place = 0; place < SEGMENT_EVENTS; place++) {
    if ((postings[from + (place >> 3)]! & (1 << (place & 7))) !== 0) places[found++] = place
  }
  return places
}

function writeWord(bytes: Buffer, at: number, rest: number, places: Uint8Array | readonly number[]): number {
  bytes.writeUIntBE(rest, at, REST_BYTES)
  bytes[at + REST_BYTES] = places.length - 1
  const from = at + HEAD_BYTES
  if (places.length <= BITMAP_BYTES) bytes.set(places, from)
  else for (const place of places) bytes[from + (place >> 3)]! |= 1 << (place & 7)
  return from + placesBytes(places.length)
}

function placesBytes(count: number): number {
  return Math.min(count, BITMAP_BYTES)
}
