/** Up to when this node surely has what its neighbours have: the time that two of them have confirmed. */
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { CompletenessBook } from '../store/store.ts'
import { groupOf, type Neighbour } from './neighbours.ts'

export interface Completeness {
  /** Seconds since 1970; undefined before two neighbours have confirmed anything. */
  until(): number | undefined
  /** Where a window to compare with this neighbour begins, in seconds since 1970. */
  opensFor(neighbour: Neighbour): number
  /** Up to when this neighbour and this node have the same; 0 before the first comparison. */
  agreedUntil(neighbour: Neighbour): number
  /** All that the neighbour has of this window is here. */
  confirm(neighbour: Neighbour, window: Window): Promise<void>
  /** What neighbours confirmed does not count any more; what is complete stays so. */
  forget(): void
}

/** Seconds since 1970. */
export interface Window {
  readonly since: number
  readonly until: number
}

export interface CompletenessParts {
  readonly book: CompletenessBook
  readonly clock: Clock
}

/** How far a new node looks back: there is more than a home reads in a few days. */
export const FIRST_SECONDS = 3 * 24 * 3_600
/** With a neighbour not met before, who may come from a part of the network that this node was cut off from. */
const UNMET_SECONDS = 24 * 3_600
/** A window begins this much before the time that is complete: clocks of authors are off, posts come late. */
const OVERLAP_SECONDS = 3_600
/** And this much before what was compared with the same neighbour. */
const MET_OVERLAP_SECONDS = 600
/** Neighbours whose word is remembered. */
const MAX_CONFIRMED = 256
/** One may lie or lack. */
const CONFIRMATIONS = 2

export function createCompleteness({ book, clock }: CompletenessParts): Completeness {
  /** Groups of neighbours → the window that they have confirmed, the latest last. */
  const confirmed = new Map<string, Window>()

  /** Never ahead of the clock, which may have been set back. */
  function base(): number {
    const now = nowSeconds(clock)
    return Math.min(book.completeUntil() ?? now - FIRST_SECONDS, now)
  }

  /** Up to when as many as are needed say the same. */
  function agreed(): number | undefined {
    const from = base()
    const reaching = [...confirmed.values()].filter(({ since }) => since <= from)
    return reaching.map(({ until }) => until).sort((a, b) => b - a)[CONFIRMATIONS - 1]
  }

  return {
    until: () => book.completeUntil(),
    opensFor(neighbour) {
      const now = nowSeconds(clock)
      const known = confirmed.get(groupOf(neighbour))
      if (known !== undefined) return Math.max(0, Math.min(known.until, now) - MET_OVERLAP_SECONDS)
      return Math.max(0, Math.min(base(), now - UNMET_SECONDS) - OVERLAP_SECONDS)
    },
    agreedUntil: neighbour => confirmed.get(groupOf(neighbour))?.until ?? 0,
    async confirm(neighbour, { since, until }) {
      const group = groupOf(neighbour)
      const known = confirmed.get(group)
      const joined = known !== undefined && since <= known.until && until >= known.since
      confirmed.delete(group)
      confirmed.set(
        group,
        joined ? { since: Math.min(since, known.since), until: Math.max(until, known.until) } : { since, until },
      )
      if (confirmed.size > MAX_CONFIRMED) confirmed.delete(confirmed.keys().next().value!)
      const both = agreed()
      const held = book.completeUntil()
      if (both === undefined) return
      if (held === undefined || both > held || held > nowSeconds(clock)) await book.save(both)
    },
    forget: () => confirmed.clear(),
  }
}
