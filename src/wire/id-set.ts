/** The set that two sides compare (negentropy.ts): times and ids, sorted, in plain buffers that it shares with others. */
import { sha256 } from '@noble/hashes/sha2.js'
import type { NostrEvent } from '../event/event.ts'
import { bytesToHex, hexToBytes } from '../event/hex.ts'

export const ID_BYTES = 32
const ID_WORDS = 8
export const FINGERPRINT_BYTES = 16

/** Between two items: a time, and as much of an id as it takes to tell them apart. */
export interface Bound {
  /** Seconds since 1970; Infinity after all items. */
  readonly seconds: number
  /** 0 to 32 bytes. */
  readonly prefix: Uint8Array
}

/**
 * Sorts copies of the two lists and drops what is there twice. Cheap when they come sorted by time, either way, as a scan
 * of the store gives them.
 * @param seconds `created_at` of each item
 * @param ids 32 bytes each, in the same order
 */
export function createIdSet(seconds: Uint32Array, ids: Uint8Array): IdSet {
  const sortedSeconds = new Uint32Array(seconds.length)
  const sorted = new Uint32Array(seconds.length * ID_WORDS)
  // Words are only moved about, so it does not matter which of their bytes this machine puts first. A copy, for a Buffer is
  // a view of memory that holds other things too, and so is its `slice`.
  const words = new Uint32Array(new Uint8Array(ids.subarray(0, seconds.length * ID_BYTES)).buffer)
  const compare = (a: number, b: number) => compareItems(seconds, ids, a, b)
  const order = orderOf(seconds, compare)
  let size = 0
  for (let i = 0; i < order.length; i++) {
    const item = order[i]!
    if (i > 0 && seconds[order[i - 1]!] === seconds[item] && compare(order[i - 1]!, item) === 0) continue
    sortedSeconds[size] = seconds[item]!
    for (let word = 0; word < ID_WORDS; word++) sorted[size * ID_WORDS + word] = words[item * ID_WORDS + word]!
    size += 1
  }
  return new IdSet(
    size === 0 ? [] : [{ seconds: sortedSeconds, ids: new Uint8Array(sorted.buffer), from: 0, to: size }],
  )
}

/** The same of events at hand. */
export function idSetOf(events: readonly Pick<NostrEvent, 'id' | 'created_at'>[]): IdSet {
  const seconds = Uint32Array.from(events, event => event.created_at)
  const ids = new Uint8Array(events.length * ID_BYTES)
  for (const [i, { id }] of events.entries()) ids.set(hexToBytes(id), i * ID_BYTES)
  return createIdSet(seconds, ids)
}

/** Item numbers in order: by time, then by id. */
function orderOf(seconds: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  const count = seconds.length
  const order = new Uint32Array(count)
  const isNewestFirst = count > 1 && seconds[0]! > seconds[count - 1]!
  for (let i = 0; i < count; i++) order[i] = isNewestFirst ? count - 1 - i : i
  for (let i = 1; i < count; i++) if (seconds[order[i - 1]!]! > seconds[order[i]!]!) return order.sort(compare)
  // Sorted by time; what is left are the items of one second.
  for (let start = 0; start < count; ) {
    let end = start + 1
    while (end < count && seconds[order[end]!] === seconds[order[start]!]) end += 1
    if (end - start > 1) order.subarray(start, end).sort(compare)
    start = end
  }
  return order
}

function compareItems(seconds: Uint32Array, ids: Uint8Array, a: number, b: number): number {
  if (seconds[a] !== seconds[b]) return seconds[a]! - seconds[b]!
  for (let i = 0; i < ID_BYTES; i++) {
    const difference = ids[a * ID_BYTES + i]! - ids[b * ID_BYTES + i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** Items that stand together: those from `from` to before `to` of two columns, sorted; nobody writes to them any more. */
export interface Run {
  readonly seconds: Uint32Array
  /** 32 bytes each. */
  readonly ids: Uint8Array
  readonly from: number
  readonly to: number
}

/** Items are numbered from 0, oldest first. */
export class IdSet {
  readonly size: number
  readonly #runs: readonly Run[]
  /** The number of each run's first item. */
  readonly #starts: Uint32Array

  /** @param runs one after another in the order of the set; none is empty */
  constructor(runs: readonly Run[]) {
    this.#runs = runs
    this.#starts = new Uint32Array(runs.length)
    let size = 0
    for (const [i, { from, to }] of runs.entries()) {
      this.#starts[i] = size
      size += to - from
    }
    this.size = size
  }

  /** The ids of items `from` to before `to`, 32 bytes each; must not be written to. */
  ids(from: number, to: number): Uint8Array {
    const parts = this.#parts(from, to).map(({ ids, from, to }) => ids.subarray(from * ID_BYTES, to * ID_BYTES))
    if (parts.length === 1) return parts[0]!
    const joined = new Uint8Array((to - from) * ID_BYTES)
    let at = 0
    for (const part of parts) {
      joined.set(part, at)
      at += part.length
    }
    return joined
  }

  hex(item: number): string {
    return bytesToHex(this.ids(item, item + 1))
  }

  /** The first item from `from` on that is not before the bound. */
  find(from: number, bound: Bound): number {
    let low = from
    let high = this.size
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBefore(middle, bound)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Exactly where the item stands. */
  boundAt(item: number): Bound {
    return { seconds: this.#secondsOf(item), prefix: this.ids(item, item + 1) }
  }

  /** The shortest bound between the item and the one before it; Infinity after the last. */
  boundBefore(item: number): Bound {
    if (item >= this.size) return END
    const seconds = this.#secondsOf(item)
    if (item === 0 || this.#secondsOf(item - 1) !== seconds) return { seconds, prefix: NOTHING }
    const id = this.ids(item, item + 1)
    const previous = this.ids(item - 1, item)
    let shared = 0
    while (shared < ID_BYTES - 1 && id[shared] === previous[shared]) shared += 1
    return { seconds, prefix: id.subarray(0, shared + 1) }
  }

  /** Of items `from` to before `to`: SHA-256(sum of the ids as little-endian numbers, mod 2²⁵⁶ ‖ count), cut to 16 bytes. */
  fingerprint(from: number, to: number): Uint8Array {
    const sums = new Float64Array(ID_WORDS)
    for (const run of this.#parts(from, to)) addUp(run, sums)
    const input: number[] = []
    let carry = 0
    for (const sum of sums) {
      const total = sum + carry
      const low = total % 2 ** 32
      carry = (total - low) / 2 ** 32
      input.push(low & 0xff, (low >>> 8) & 0xff, (low >>> 16) & 0xff, low >>> 24)
    }
    input.push(...varint(to - from))
    return sha256(Uint8Array.from(input)).subarray(0, FINGERPRINT_BYTES)
  }

  /** The runs of items `from` to before `to`, cut at both ends. */
  #parts(from: number, to: number): Run[] {
    const parts: Run[] = []
    for (let i = this.#runOf(from); i < this.#runs.length && this.#starts[i]! < to; i++) {
      const run = this.#runs[i]!
      const shift = run.from - this.#starts[i]!
      const part = { from: Math.max(run.from, from + shift), to: Math.min(run.to, to + shift) }
      if (part.from < part.to) parts.push({ seconds: run.seconds, ids: run.ids, ...part })
    }
    return parts
  }

  /** The run that the item stands in. */
  #runOf(item: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= item) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  #secondsOf(item: number): number {
    const index = this.#runOf(item)
    const { seconds, from } = this.#runs[index]!
    return seconds[from + item - this.#starts[index]!]!
  }

  #isBefore(item: number, { seconds, prefix }: Bound): boolean {
    const index = this.#runOf(item)
    const run = this.#runs[index]!
    const at = run.from + item - this.#starts[index]!
    const own = run.seconds[at]!
    if (own !== seconds) return own < seconds
    for (let i = 0; i < prefix.length; i++) {
      const difference = run.ids[at * ID_BYTES + i]! - prefix[i]!
      if (difference !== 0) return difference < 0
    }
    return false
  }
}

/** Words of 32 bits add up exactly in a number as long as there are fewer than two million. */
function addUp({ ids, from, to }: Run, sums: Float64Array): void {
  const words = new DataView(ids.buffer, ids.byteOffset, ids.byteLength)
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let at = from * ID_BYTES; at < to * ID_BYTES; at += ID_BYTES) {
    a += words.getUint32(at, true)
    b += words.getUint32(at + 4, true)
    c += words.getUint32(at + 8, true)
    d += words.getUint32(at + 12, true)
    e += words.getUint32(at + 16, true)
    f += words.getUint32(at + 20, true)
    g += words.getUint32(at + 24, true)
    h += words.getUint32(at + 28, true)
  }
  for (const [i, sum] of [a, b, c, d, e, f, g, h].entries()) sums[i]! += sum
}

const NOTHING = new Uint8Array(0)
/** After everything. */
export const END: Bound = { seconds: Number.POSITIVE_INFINITY, prefix: NOTHING }

/** Seven bits a byte, the highest first; all bytes but the last have the top bit set. */
export function varint(value: number): number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80)
  return bytes
}
