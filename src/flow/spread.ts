/** An accepted event of the owner goes out: gossip for everybody, deliveries for the people it names. */
import type { NostrEvent } from '../event/event.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { Outbox, Passed, Position, Sent } from '../store/store.ts'
import { encodeEvent } from '../wire/event-codec.ts'
import type { Accepted } from './accept.ts'
import type { Deliver } from './deliver.ts'

/** Sends in the background; never throws. */
export type Spread = (accepted: Accepted) => void

export interface SpreadParts {
  readonly outbox: Pick<Outbox, 'unsent' | 'markSent'>
  /** Gossips an encoded event; returns the neighbours that it was sent to. */
  readonly broadcast: (event: Uint8Array) => Promise<readonly string[]>
  readonly isConnected: (node: string) => boolean
  readonly deliver: Deliver
  readonly clock: Clock
  readonly log: Logger
  readonly onActivity: OnActivity
}

/**
 * Bytes handed to a socket may still be lost with the process. An event counts as sent when a neighbour that got it is
 * still there after this time; a crash before that sends it once more, which costs a neighbour one look-up.
 */
const SETTLE_MS = 5_000
/** Unsent events taken up at once when a neighbour appears; the next round takes the next ones. */
const ROUND = 500

export interface Spreader {
  readonly spread: Spread
  /** Gossips what was published while nobody was there. */
  readonly flush: () => Promise<void>
  /** What was gossiped a moment ago and does not count as sent yet. */
  readonly passing: (position: Position) => Passed | undefined
  readonly stop: () => void
}

export function createSpreader(parts: SpreadParts): Spreader {
  const { outbox, broadcast, isConnected, deliver, clock, log, onActivity } = parts
  /** Events gossiped and not yet settled: position → when, and the neighbours that got it; the earliest first. */
  const settling = new Map<Position, { readonly sentMs: number; readonly to: readonly string[] }>()
  let cancelSettling: (() => void) | undefined
  let flushing: Promise<void> | undefined
  let flushAgain = false

  async function gossip(event: NostrEvent, position: Position | undefined): Promise<boolean> {
    const sentTo = await broadcast(encodeEvent(event))
    if (sentTo.length === 0) return false
    onActivity({ what: 'broadcast', event, peers: sentTo.length })
    if (position !== undefined) settleLater(position, sentTo)
    return true
  }

  function settleLater(position: Position, to: readonly string[]): void {
    settling.delete(position)
    settling.set(position, { sentMs: clock.nowMs(), to })
    cancelSettling ??= clock.after(SETTLE_MS, () => void quietly(settle()))
  }

  async function settle(): Promise<void> {
    cancelSettling = undefined
    const sent: Sent[] = []
    for (const [position, { sentMs, to }] of settling) {
      const leftMs = sentMs + SETTLE_MS - clock.nowMs()
      if (leftMs > 0 && leftMs <= SETTLE_MS) {
        cancelSettling = clock.after(leftMs, () => void quietly(settle()))
        break
      }
      settling.delete(position)
      if (to.some(isConnected)) sent.push({ position, nodes: to.length, atMs: sentMs })
    }
    if (sent.length > 0) await outbox.markSent(sent)
  }

  async function flush(): Promise<void> {
    for (;;) {
      const unsent = (await outbox.unsent(settling.size + ROUND)).filter(({ position }) => !settling.has(position))
      let sent = 0
      for (const { event, position } of unsent) if (await gossip(event, position)) sent++
      if (sent === 0) return
    }
  }

  async function quietly(task: Promise<unknown>): Promise<void> {
    try {
      await task
    } catch (error) {
      log('warn', 'public events could not be sent and wait', { reason: messageOf(error) })
    }
  }

  async function flushAll(): Promise<void> {
    while (flushAgain) {
      flushAgain = false
      await flush()
    }
  }

  return {
    flush() {
      // A neighbour may come when the round at work has given up already.
      flushAgain = true
      flushing ??= quietly(flushAll()).finally(() => {
        flushing = undefined
      })
      return flushing
    },
    passing(position) {
      const passing = settling.get(position)
      return passing && { nodes: passing.to.length, atMs: passing.sentMs }
    },
    stop: () => cancelSettling?.(),
    spread({ event, route, position, result }) {
      for (const owner of route.to) {
        if (result === 'passed') deliver.pass(event, owner)
        else deliver.now(owner)
      }
      if (route.broadcast) void quietly(gossip(event, position))
    },
  }
}
