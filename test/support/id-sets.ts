/** What is in a set for reconciliation, item by item. */
import type { IdSet } from '../../src/wire/id-set.ts'

export function itemsOf(set: IdSet): { id: string; created_at: number }[] {
  return Array.from({ length: set.size }, (_, i) => ({ id: set.hex(i), created_at: set.boundAt(i).seconds }))
}
