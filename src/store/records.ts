/** Events by their positions, the lately asked ones from memory. */
import type { Database } from './database.ts'
import { Found } from './found.ts'
import { eventKey } from './keys.ts'
import type { Position } from './store.ts'

export interface Records {
  get(position: Position): Found | undefined
  /** The same of many, those on the disk read by other threads. */
  getAll(positions: readonly Position[]): Promise<(Found | undefined)[]>
  /** An event was given to a client; the second time in a while it is kept. */
  keep(found: Found): void
  /** An event that is gone. */
  forget(position: Position): void
  clear(): void
}

/** What an event costs beside its text, which is up to twice as long as its record. */
const OVERHEAD_BYTES = 500
/** Larger ones are rare, and would push out hundreds of others. */
const MAX_KEPT_BYTES = 16 * 1024

/** A prime, so that positions spread; 64 kB. */
const GHOSTS = 8_191

export function createRecords(db: Database, maxBytes: number): Records {
  // Two generations: who is not asked while the younger one fills up is forgotten with the older one.
  let young = new Map<Position, Found>()
  let old = new Map<Position, Found>()
  let bytes = 0
  /** Positions that were given once, each until another takes its place. */
  const ghosts = new Float64Array(GHOSTS)

  return {
    get(position) {
      const known = young.get(position) ?? old.get(position)
      if (known !== undefined) return known
      const record = db.getSync(eventKey(position))
      return record && new Found(position, record)
    },
    async getAll(positions) {
      const all = positions.map(position => young.get(position) ?? old.get(position))
      const missing = positions.filter((_, i) => all[i] === undefined)
      if (missing.length === 0) return all
      const records = await db.getMany(missing.map(eventKey), {})
      let at = 0
      return all.map((known, i) => {
        if (known !== undefined) return known
        const record = records[at++]
        return record && new Found(positions[i]!, record)
      })
    },
    keep(found) {
      const slot = found.position % GHOSTS
      if (ghosts[slot] !== found.position) {
        // What is asked for once would only push out what many ask for, and cost the garbage collector.
        ghosts[slot] = found.position
        return
      }
      if (found.bytes > MAX_KEPT_BYTES || young.has(found.position)) return
      found.settle()
      young.set(found.position, found)
      bytes += found.bytes * 2 + OVERHEAD_BYTES
      if (bytes < maxBytes / 2) return
      old = young
      young = new Map()
      bytes = 0
    },
    forget(position) {
      young.delete(position)
      old.delete(position)
    },
    clear() {
      young = new Map()
      old = new Map()
      bytes = 0
    },
  }
}
