/** Sets of events for reconciliation (NIP-77): from memory what can be decided there, the rest by its records. */
import type { Filter } from '../event/filter.ts'
import { bytesToHex } from '../event/hex.ts'
import { MAX_CREATED_AT } from '../event/limits.ts'
import { createIdSet, ID_BYTES, IdSet, type Run } from '../wire/id-set.ts'
import { authorSet } from './columns.ts'
import type { IdChunk, IdColumns } from './id-columns.ts'
import type { View } from './mark.ts'
import type { Slices } from './pace.ts'
import { type Accepts, acceptsOf, isEmpty } from './question.ts'
import { traitsOfByte } from './record.ts'
import type { Records } from './records.ts'
import { isOfColumns } from './tally.ts'

export interface IdSetParts {
  readonly ids: IdColumns
  readonly records: Records
  readonly slices: Slices
  readonly nowSeconds: number
}

export interface IdSetOptions {
  /** Of a larger set nothing is given. */
  readonly max: number
  readonly view?: View | undefined
  readonly signal?: AbortSignal | undefined
}

/** So many together are no copy, but a part of the chunk in which they stand. */
const LONG = 64
/** Between two looks at the clock, where no record is read. */
const STEP = 256

/** Whether a set of this filter needs no record, as a rule. */
export function isFromMemory(filter: Filter, view: View | undefined): boolean {
  return isOfColumns(filter) && (view === undefined || view.glance !== undefined)
}

/**
 * The set as it is at the call. Authors count as one if the first eight bytes of their keys are the same.
 * @param filter one that `isFromMemory`
 */
export async function gatherIds(
  { ids, records, slices, nowSeconds }: IdSetParts,
  filter: Filter,
  { max, view, signal }: IdSetOptions,
): Promise<IdSet | undefined> {
  const { since = 0, until = MAX_CREATED_AT } = filter
  if (isEmpty(filter)) return new IdSet([])
  const decides = decisionOf(filter, view)
  const accepts = acceptsOf(filter, nowSeconds, view)
  const growing = new Growing()
  for (const chunk of ids.share(since, until)) {
    const end = chunk.search(until + 1, undefined)
    for (let at = chunk.search(since, undefined); at < end; at++) {
      const decided = decides(chunk, at)
      if (decided ?? isInRecord(records, chunk, at, accepts)) growing.push(chunk, at)
      else growing.flush()
      if (growing.size > max) return undefined
      if ((decided === undefined || at % STEP === 0) && slices.isOver()) {
        await slices.rest()
        signal?.throwIfAborted()
      }
    }
    growing.flush()
  }
  return growing.set()
}

/** Whether an event is in the set; undefined where its record has to be read. */
function decisionOf({ kinds, authors }: Filter, view: View | undefined) {
  const wantedKinds = kinds && new Set(kinds)
  const wantedAuthors = authors && authorSet(authors)
  return ({ kind, high, low, traits }: IdChunk, at: number): boolean | undefined => {
    if (wantedKinds !== undefined && !wantedKinds.has(kind[at]!)) return false
    if (wantedAuthors !== undefined && !wantedAuthors.has(high[at]!, low[at]!)) return false
    const { mark, isProtected, mayExpire } = traitsOfByte(traits[at]!)
    const isSeen = view === undefined ? true : view.glance?.(kind[at]!, mark, isProtected)
    return isSeen === true && mayExpire ? undefined : isSeen
  }
}

function isInRecord(records: Records, { ids }: IdChunk, at: number, accepts: Accepts): boolean {
  const found = records.byId(bytesToHex(ids.subarray(at * ID_BYTES, (at + 1) * ID_BYTES)))
  return found !== undefined && accepts(found)
}

/** Runs of a set while they are found: long ones stay where they are, short ones are copied together. */
class Growing {
  size = 0
  readonly #runs: Run[] = []
  #copied: { seconds: Uint32Array; ids: Uint8Array; count: number } | undefined
  /** What stands together, up to the last push. */
  #run: { chunk: IdChunk; from: number; to: number } | undefined

  push(chunk: IdChunk, at: number): void {
    this.size++
    if (this.#run === undefined) this.#run = { chunk, from: at, to: at + 1 }
    else this.#run.to = at + 1
  }

  /** What comes next stands apart. */
  flush(): void {
    if (this.#run === undefined) return
    const { chunk, from, to } = this.#run
    this.#run = undefined
    if (to - from < LONG) {
      this.#copy(chunk, from, to)
      return
    }
    this.#closeCopied()
    this.#runs.push({ seconds: chunk.createdAt, ids: chunk.ids, from, to })
  }

  set(): IdSet {
    this.#closeCopied()
    return new IdSet(this.#runs)
  }

  #copy(chunk: IdChunk, from: number, to: number): void {
    let copied = this.#copied
    if (copied === undefined || copied.count + to - from > copied.seconds.length) {
      this.#closeCopied()
      const room = 16 * LONG
      copied = { seconds: new Uint32Array(room), ids: new Uint8Array(room * ID_BYTES), count: 0 }
      this.#copied = copied
    }
    copied.seconds.set(chunk.createdAt.subarray(from, to), copied.count)
    copied.ids.set(chunk.ids.subarray(from * ID_BYTES, to * ID_BYTES), copied.count * ID_BYTES)
    copied.count += to - from
  }

  #closeCopied(): void {
    if (this.#copied === undefined) return
    const { seconds, ids, count } = this.#copied
    this.#copied = undefined
    // No more than there is: a set may be kept for long.
    this.#runs.push({ seconds: seconds.slice(0, count), ids: ids.slice(0, count * ID_BYTES), from: 0, to: count })
  }
}

/** Times and ids of events as they are read. */
export class IdList {
  count = 0
  #seconds = new Uint32Array(1024)
  #ids = Buffer.alloc(1024 * ID_BYTES)

  push({ createdAt, id }: { readonly createdAt: number; readonly id: string }): void {
    if (this.count === this.#seconds.length) {
      const seconds = new Uint32Array(this.count * 2)
      seconds.set(this.#seconds)
      this.#seconds = seconds
      this.#ids = Buffer.concat([this.#ids, Buffer.alloc(this.#ids.length)])
    }
    this.#seconds[this.count] = createdAt
    this.#ids.write(id, this.count * ID_BYTES, 'hex')
    this.count++
  }

  set(): IdSet {
    return createIdSet(this.#seconds.subarray(0, this.count), this.#ids)
  }
}
