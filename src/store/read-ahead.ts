/** A source whose records are read on other threads, some groups ahead, while this one writes what came before. */
import type { Candidate } from './columns.ts'
import type { Records } from './records.ts'
import { Paged, type Source } from './sources.ts'

/** Fewer are read one by one: they cost less than a way to another thread and back. */
export const WORTH_READING_AHEAD = 64
const GROUP = 64
/** Groups on their way at the same time; two threads are busy with them. */
const GROUPS = 3

export class ReadAhead extends Paged {
  readonly #source: Source
  readonly #records: Records
  readonly #groups: Promise<Candidate[]>[] = []
  /** How many more are wanted, as far as is known. */
  #left: number

  /** @param expected how many will be asked for */
  constructor(source: Source, records: Records, expected: number) {
    super()
    this.#source = source
    this.#records = records
    // One more says whether there is more.
    this.#left = expected + 1
  }

  async fill(): Promise<void> {
    // More was wanted than expected: then it goes on like that.
    if (this.#groups.length === 0 && this.#left <= 0) this.#left = GROUP * GROUPS
    while (this.#left > 0 && this.#groups.length < GROUPS && !this.#isDry()) await this.#begin()
    this.turn((await this.#groups.shift()) ?? [])
    this.isThrough = this.#groups.length === 0 && this.#isDry()
  }

  #isDry(): boolean {
    return this.#source.head === undefined && this.#source.isThrough
  }

  async #begin(): Promise<void> {
    const group: Candidate[] = []
    while (group.length < GROUP && !this.#isDry()) {
      const { head } = this.#source
      if (head === undefined) {
        // What is there is read meanwhile.
        if (group.length > 0) break
        await this.#source.fill()
      } else {
        group.push(head)
        this.#source.step()
      }
    }
    if (group.length === 0) return
    this.#left -= group.length
    const reading = this.#read(group)
    // Whoever stops early does not wait for it.
    reading.catch(() => {})
    this.#groups.push(reading)
  }

  async #read(group: readonly Candidate[]): Promise<Candidate[]> {
    // Not by `map` here either (walk.ts).
    const found = await this.#records.getAll(Array.from(group, ({ position }) => position))
    return Array.from(group, (candidate, i) => (found[i] === undefined ? candidate : { ...candidate, found: found[i] }))
  }
}
