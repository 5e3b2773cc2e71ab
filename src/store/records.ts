/** Events by their positions, the lately asked ones from memory. */
import type { Database } from './database.ts'
import { Found } from './found.ts'
import { eventKey } from './keys.ts'
import type { Position } from './store.ts'

export interface Records {
  /** @param isKept false for what will hardly be asked again: a walk through everything */
  get(position: Position, isKept?: boolean): Found | undefined
  /** An event that is gone. */
  forget(position: Position): void
  clear(): void
}

/** What an event costs beside its record: objects, and its JSON, which is up to twice as long. */
const SHARE = 3
const OVERHEAD_BYTES = 500
/** Larger ones are rare, and would push out hundreds of others. */
const MAX_KEPT_BYTES = 16 * 1024

export function createRecords(db: Database, maxBytes: number): Records {
  /** The longest unasked first. */
  const kept = new Map<Position, Found>()
  let bytes = 0
  const costOf = (found: Found): number => found.bytes * SHARE + OVERHEAD_BYTES

  function drop(position: Position, found: Found): void {
    kept.delete(position)
    bytes -= costOf(found)
  }

  return {
    get(position, isKept = true) {
      const known = kept.get(position)
      if (known !== undefined) {
        kept.delete(position)
        kept.set(position, known)
        return known
      }
      const record = db.getSync(eventKey(position))
      if (record === undefined) return undefined
      const found = new Found(position, record)
      if (isKept && record.length <= MAX_KEPT_BYTES) {
        kept.set(position, found)
        bytes += costOf(found)
        for (const [oldest, one] of kept) {
          if (bytes <= maxBytes) break
          drop(oldest, one)
        }
      }
      return found
    },
    forget(position) {
      const known = kept.get(position)
      if (known !== undefined) drop(position, known)
    },
    clear() {
      kept.clear()
      bytes = 0
    },
  }
}
