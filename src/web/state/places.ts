/** Where the reader stands in each list: it is found again after a look elsewhere, and after a reload. */

export interface Place {
  /** Of the item at the upper edge. */
  readonly key: string
  /** Its upper edge, in pixels below that of the window. */
  readonly offset: number
}

export interface Places {
  read(list: string): Place | undefined
  /** undefined: at the beginning. */
  write(list: string, place: Place | undefined): void
  /** What of a list has been shown: what is not in it waits behind the bar. Lasts as long as the page. */
  shownIn(list: string): Set<string>
  /** Of what has been shown only these posts are there still. */
  keepShown(isThere: (id: string) => boolean): void
  /** Forgets them, and remembers no others. */
  close(): void
}

export interface PlaceStorage {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
  removeItem(name: string): void
}

const NAME = 'nostrp2p.places'
/** The lists that were looked at last; profiles and hashtags are lists too. */
const MAX_LISTS = 50

/** @param storage of this tab; undefined where the browser keeps nothing */
export function createPlaces(storage: PlaceStorage | undefined): Places {
  const places = readPlaces(storage)
  const shown = new Map<string, Set<string>>()
  let isClosed = false

  return {
    read: list => places.get(list),
    write(list, place) {
      if (isClosed) return
      places.delete(list)
      if (place !== undefined) places.set(list, place)
      for (const oldest of places.keys()) {
        if (places.size <= MAX_LISTS) break
        places.delete(oldest)
        shown.delete(oldest)
      }
      try {
        storage?.setItem(NAME, JSON.stringify([...places]))
      } catch {
        // Full: it is remembered while the page is open.
      }
    },
    shownIn(list) {
      const known = shown.get(list) ?? new Set()
      shown.set(list, known)
      return known
    },
    keepShown(isThere) {
      for (const ids of shown.values()) for (const id of ids) if (!isThere(id)) ids.delete(id)
    },
    close() {
      isClosed = true
      places.clear()
      try {
        storage?.removeItem(NAME)
      } catch {
        // Nothing was kept.
      }
    },
  }
}

function readPlaces(storage: PlaceStorage | undefined): Map<string, Place> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(NAME) ?? '[]')
    const entries = Array.isArray(value) ? value : []
    return new Map(entries.filter(isEntry))
  } catch {
    return new Map()
  }
}

function isEntry(entry: unknown): entry is [string, Place] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false
  const { key, offset } = (entry[1] ?? {}) as Record<string, unknown>
  return typeof key === 'string' && Number.isFinite(offset)
}

/** The storage of this tab; a browser may withhold it. */
export function tabStorage(): PlaceStorage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}
