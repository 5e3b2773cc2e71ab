/**
 * Which ids do two sides not share (NIP-77, negentropy protocol version 1): the *initiator* asks until it knows, the
 * *responder* answers. Neither keeps anything between two messages but its set.
 */
import { bytesToHex } from '../event/hex.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { type Bound, END, FINGERPRINT_BYTES, ID_BYTES, type IdSet, varint } from './id-set.ts'
import { MIN_SYNC_MESSAGE_BYTES } from './limits.ts'

const VERSION = 0x61
/** Version bytes of this protocol, of which the others are not spoken here. */
const VERSIONS = { first: 0x60, last: 0x6f }

/** What a message says of the range between the bound before and its own. */
const SKIP = 0
const FINGERPRINT = 1
const ID_LIST = 2

/** A range that differs is cut into so many; one with fewer than twice as many items is listed. */
const BUCKETS = 16
/** For what ends a message that is full: a bound and the fingerprint of all that is left, and a range to skip. */
const RESERVED_BYTES = 200

/** The initiator's first message. */
export function firstMessage(set: IdSet): Uint8Array {
  const message = new Writer()
  split(set, 0, set.size, END, message)
  return message.bytes()
}

/**
 * The responder's answer.
 * @param maxBytes of the answer, at least `MIN_SYNC_MESSAGE_BYTES`; what does not fit is asked for again
 * @param onListed told of the items whose ids are in the answer, in their order there
 */
export function answerMessage(
  set: IdSet,
  message: Uint8Array,
  maxBytes: number,
  onListed: (from: number, to: number) => void = () => {},
): Uint8Array | Rejection {
  // Whoever speaks another version is told this one by the version byte alone.
  if (isOtherVersion(message)) return Uint8Array.of(VERSION)
  const answer = new Writer()
  const fault = reconcile(set, message, maxBytes, answer, undefined)
  if (fault !== undefined) return fault
  for (const { from, to } of answer.lists()) onListed(from, to)
  return answer.bytes()
}

export interface Differences {
  /** Ids that the responder does not have. */
  readonly have: string[]
  /** Ids that only the responder has. */
  readonly need: string[]
  /** For each of them, which of the ids that the message lists it is, from 0. */
  readonly places: number[]
  /** How many ids the message lists. */
  readonly listed: number
  /** The next message; undefined when all is known. */
  readonly next: Uint8Array | undefined
}

/**
 * What the initiator learns of an answer. Each message of an honest responder settles something; a caller who does not
 * trust it counts the messages.
 */
export function readAnswer(set: IdSet, message: Uint8Array, maxBytes: number): Differences | Rejection {
  if (isOtherVersion(message)) return malformed('The other side speaks another version of negentropy.')
  const found: Found = { have: [], need: [], places: [], listed: 0 }
  const answer = new Writer()
  const fault = reconcile(set, message, maxBytes, answer, found)
  if (fault !== undefined) return fault
  return { ...found, next: answer.length === 1 ? undefined : answer.bytes() }
}

type Found = Pick<Differences, 'have' | 'need' | 'places'> & { listed: number }

/** @param found where an initiator collects; a responder lists its ids in the answer instead */
function reconcile(
  set: IdSet,
  message: Uint8Array,
  maxBytes: number,
  answer: Writer,
  found: Found | undefined,
): Rejection | undefined {
  if (maxBytes < MIN_SYNC_MESSAGE_BYTES) throw new RangeError(`a message needs ${MIN_SYNC_MESSAGE_BYTES} bytes`)
  const room = maxBytes - RESERVED_BYTES
  const reader = new Reader(message)
  let lower = 0
  for (let range = reader.next(); range !== undefined; range = reader.next()) {
    if ('rejected' in range) return range
    const { bound } = range
    const upper = set.find(lower, bound)
    const start = answer.mark()
    if (range.mode === FINGERPRINT && !same(range.data, set.fingerprint(lower, upper))) {
      split(set, lower, upper, bound, answer)
    } else if (range.mode === ID_LIST && found !== undefined) {
      compare(set, lower, upper, range.data, found)
    } else if (range.mode === ID_LIST) {
      const fits = Math.max(0, Math.floor((room - answer.length) / ID_BYTES))
      const end = Math.min(upper, lower + fits)
      if (end < upper) {
        if (end > lower) answer.idList(set.boundAt(end), set, lower, end)
        answer.fingerprint(END, set.fingerprint(end, set.size))
        return undefined
      }
      answer.idList(bound, set, lower, upper)
    }
    if (answer.length > room) {
      answer.rewind(start)
      answer.fingerprint(END, set.fingerprint(lower, set.size))
      return undefined
    }
    answer.passed(bound)
    lower = upper
  }
  return undefined
}

/** A range that differs: the list of its ids when there are few, else the fingerprints of its parts. */
function split(set: IdSet, lower: number, upper: number, bound: Bound, message: Writer): void {
  const count = upper - lower
  if (count < 2 * BUCKETS) {
    message.idList(bound, set, lower, upper)
    return
  }
  const size = Math.floor(count / BUCKETS)
  const larger = count % BUCKETS
  let from = lower
  for (let i = 0; i < BUCKETS; i++) {
    const to = from + size + (i < larger ? 1 : 0)
    message.fingerprint(i === BUCKETS - 1 ? bound : set.boundBefore(to), set.fingerprint(from, to))
    from = to
  }
}

/** Both sides' ids of one range. */
function compare(set: IdSet, lower: number, upper: number, theirs: Uint8Array, found: Found): void {
  /** Id → its place among all that the message lists. */
  const left = new Map<string, number>()
  for (let at = 0; at < theirs.length; at += ID_BYTES)
    left.set(bytesToHex(theirs.subarray(at, at + ID_BYTES)), found.listed++)
  for (let item = lower; item < upper; item++) {
    const id = set.hex(item)
    if (!left.delete(id)) found.have.push(id)
  }
  for (const [id, place] of left) {
    found.need.push(id)
    found.places.push(place)
  }
}

/** Items of a set whose ids were written. */
interface List {
  readonly from: number
  readonly to: number
}

interface Mark {
  readonly length: number
  readonly lists: number
  readonly seconds: number
  readonly skipped: Bound | undefined
}

/** A message as it grows. Times are written as differences; ranges about which nothing is said are joined. */
class Writer {
  #bytes = new Uint8Array(1024)
  #length = 0
  /** Time of the last bound written. */
  #seconds = 0
  /** Up to where nothing is to be said. */
  #skipped: Bound | undefined
  /** Something was written about the range that is being dealt with. */
  #wrote = false
  readonly #lists: List[] = []

  constructor() {
    this.#append([VERSION])
  }

  get length(): number {
    return this.#length
  }

  fingerprint(bound: Bound, fingerprint: Uint8Array): void {
    this.#range(bound, FINGERPRINT)
    this.#append(fingerprint)
  }

  idList(bound: Bound, set: IdSet, from: number, to: number): void {
    this.#range(bound, ID_LIST)
    this.#append(varint(to - from))
    this.#append(set.ids(from, to))
    this.#lists.push({ from, to })
  }

  lists(): readonly List[] {
    return this.#lists
  }

  /** The range up to here is dealt with; if nothing was written about it, it is skipped before the next one. */
  passed(bound: Bound): void {
    if (this.#wrote) this.#skipped = undefined
    else this.#skipped = bound
    this.#wrote = false
  }

  mark(): Mark {
    return { length: this.#length, lists: this.#lists.length, seconds: this.#seconds, skipped: this.#skipped }
  }

  rewind({ length, lists, seconds, skipped }: Mark): void {
    this.#length = length
    this.#lists.length = lists
    this.#seconds = seconds
    this.#skipped = skipped
    this.#wrote = false
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #range(bound: Bound, mode: number): void {
    if (this.#skipped !== undefined) {
      this.#bound(this.#skipped)
      this.#append([SKIP])
      this.#skipped = undefined
    }
    this.#bound(bound)
    this.#append([mode])
    this.#wrote = true
  }

  #bound({ seconds, prefix }: Bound): void {
    this.#append(seconds === Number.POSITIVE_INFINITY ? [0] : varint(seconds - this.#seconds + 1))
    this.#seconds = seconds
    this.#append([prefix.length])
    this.#append(prefix)
  }

  #append(bytes: Uint8Array | readonly number[]): void {
    const end = this.#length + bytes.length
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = end
  }
}

interface Range {
  readonly bound: Bound
  readonly mode: number
  /** A fingerprint, or ids one after another; a view of the message. */
  readonly data: Uint8Array
}

const NO_DATA = new Uint8Array(0)

/** The ranges of a message, one after another; nothing is allocated by what a message claims. */
class Reader {
  readonly #bytes: Uint8Array
  /** After the version byte. */
  #at = 1
  #last: Bound = { seconds: 0, prefix: NO_DATA }

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  next(): Range | Rejection | undefined {
    if (this.#bytes[0] !== VERSION) return malformed('A negentropy message begins with its version, 0x61.')
    if (this.#at === this.#bytes.length) return undefined
    const bound = this.#bound()
    if (bound === undefined) return malformed('A bound in the negentropy message is cut off or out of range.')
    if (isBelow(bound, this.#last)) return malformed('The ranges of the negentropy message are not in order.')
    this.#last = bound
    const mode = this.#varint()
    if (mode === SKIP) return { bound, mode, data: NO_DATA }
    if (mode !== FINGERPRINT && mode !== ID_LIST)
      return malformed('A range of the negentropy message has no known mode.')
    const ids = mode === ID_LIST ? this.#varint() : 0
    const data = ids === undefined ? undefined : this.#take(mode === ID_LIST ? ids * ID_BYTES : FINGERPRINT_BYTES)
    return data === undefined ? malformed('The negentropy message is cut off.') : { bound, mode, data }
  }

  #bound(): Bound | undefined {
    const offset = this.#varint()
    const length = this.#varint()
    if (offset === undefined || length === undefined || length > ID_BYTES) return undefined
    const prefix = this.#take(length)
    if (prefix === undefined) return undefined
    // 0 stands for infinity, where every later time is too. Some write an id there, which says nothing.
    const seconds = this.#last.seconds + offset - 1
    if (offset === 0 || seconds === Number.POSITIVE_INFINITY) return END
    return seconds > Number.MAX_SAFE_INTEGER ? undefined : { seconds, prefix }
  }

  /** Up to 2⁵³; undefined when there is none. */
  #varint(): number | undefined {
    let value = 0
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) return undefined
      this.#at += 1
      value = value * 128 + (byte & 0x7f)
      if (value > Number.MAX_SAFE_INTEGER) return undefined
      if (byte < 0x80) return value
    }
  }

  #take(count: number): Uint8Array | undefined {
    if (count > this.#bytes.length - this.#at) return undefined
    const bytes = this.#bytes.subarray(this.#at, this.#at + count)
    this.#at += count
    return bytes
  }
}

function isBelow(a: Bound, b: Bound): boolean {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds
  for (let i = 0; i < Math.min(a.prefix.length, b.prefix.length); i++) {
    if (a.prefix[i] !== b.prefix[i]) return a.prefix[i]! < b.prefix[i]!
  }
  return a.prefix.length < b.prefix.length
}

function isOtherVersion(message: Uint8Array): boolean {
  const version = message[0]
  return version !== undefined && version !== VERSION && version >= VERSIONS.first && version <= VERSIONS.last
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function malformed(reason: string): Rejection {
  return reject('malformed', reason)
}
