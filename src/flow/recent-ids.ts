/** The last ids of many. */

export interface RecentIds {
  add(id: string): void
  /** @returns whether it was there */
  delete(id: string): boolean
}

/**
 * Two sets in turn: one `Set` that is full finds its oldest entry behind all those that it has forgotten, four
 * microseconds for each new one where it holds ten thousand.
 * @param least so many are remembered at least, twice as many at most
 */
export function createRecentIds(least: number): RecentIds {
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    add(id) {
      young.add(id)
      if (young.size < least) return
      old = young
      young = new Set()
    },
    delete: id => {
      const wasYoung = young.delete(id)
      return old.delete(id) || wasYoung
    },
  }
}
