/**
 * Owners who have bound a node, and until when that was said to count. Once an owner has, a node that only claims their
 * key gets nothing of theirs, also when the bound node is away or withdrawn and after a restart of this node. Bounded.
 */
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { BoundOwnerBook } from '../store/store.ts'

export interface BoundOwners {
  includes(owner: string): boolean
  /** A binding by this owner was good and says that it counts until then, milliseconds since 1970. */
  note(owner: string, untilMs: number): void
  size(): number
  /** Reads what is on disk; what was noted meanwhile stays. */
  load(): Promise<void>
}

/** As many as the directory has nodes; the longest unheard go first. */
export const MAX_BOUND_OWNERS = 10_000

export function createBoundOwners(book: BoundOwnerBook, clock: Clock, log: Logger): BoundOwners {
  /** In the order of hearing, the latest last. */
  const owners = new Map<string, number>()

  function remember(owner: string, untilMs: number): void {
    owners.delete(owner)
    owners.set(owner, untilMs)
    if (owners.size <= MAX_BOUND_OWNERS) return
    const longestUnheard = owners.keys().next().value!
    owners.delete(longestUnheard)
    void write(longestUnheard, undefined)
  }

  async function write(owner: string, untilMs: number | undefined): Promise<void> {
    try {
      await book.save(owner, untilMs)
    } catch (error) {
      log('warn', 'a bound owner could not be noted', { reason: messageOf(error) })
    }
  }

  return {
    includes: owner => (owners.get(owner) ?? 0) > clock.nowMs(),
    note(owner, untilMs) {
      const before = owners.get(owner) ?? 0
      // Of several bindings the one that lasts longest counts: withdrawing it does not make the owner unbound.
      remember(owner, Math.max(before, untilMs))
      if (untilMs > before) void write(owner, untilMs)
    },
    size: () => owners.size,
    async load() {
      for (const { owner, untilMs } of await book.list()) {
        if (untilMs <= clock.nowMs()) await write(owner, undefined)
        else if (untilMs > (owners.get(owner) ?? 0)) remember(owner, untilMs)
      }
    },
  }
}
