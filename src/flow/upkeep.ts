/** What has to be done now and then without anybody asking: expired events go, forgotten posts are gossiped. */
import { type Clock, nowSeconds } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { EventStore } from '../store/store.ts'

export interface UpkeepParts {
  readonly events: Pick<EventStore, 'sweepExpired'>
  /** Gossips what was not sent yet. */
  readonly flush: () => Promise<void>
  readonly clock: Clock
  readonly log: Logger
}

/** A little longer than gossip remembers a message, so that one that got lost is not taken for a repeat. */
const EVERY_MS = 11 * 60_000

/** Starts the rounds; the returned function ends them. */
export function startUpkeep({ events, flush, clock, log }: UpkeepParts): () => void {
  let cancel = clock.after(EVERY_MS, round)
  function round(): void {
    cancel = clock.after(EVERY_MS, round)
    Promise.all([events.sweepExpired(nowSeconds(clock)), flush()]).catch(error => {
      log('warn', 'upkeep failed and will be tried again', { reason: messageOf(error) })
    })
  }
  return () => cancel()
}
