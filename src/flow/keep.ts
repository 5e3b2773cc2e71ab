/** Storing on a disk that may fail: who sent the event hears it as a refusal, the log once and not for every event. */
import type { VerifiedEvent } from '../event/event.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import { type DiskFault, diskFaultOf } from '../store/fault.ts'
import type { EventStore, PutOptions, PutOutcome } from '../store/store.ts'

/** Stores an event, or says why the disk does not take it; then nothing of it was stored. Throws for bugs only. */
export type Keep = (event: VerifiedEvent, options: PutOptions) => Promise<PutOutcome | Rejection>

const REFUSALS: Record<DiskFault, Rejection> = {
  full: reject('full', 'The disk of this node is full, so the event was not saved. Free some space and send it again.'),
  failing: reject(
    'overloaded',
    'This node cannot write to its disk at the moment, so the event was not saved. Send it again later.',
  ),
}
const COMPLAINTS: Record<DiskFault, string> = {
  full: 'the disk is full: nothing new is saved until there is room; what is saved can still be read',
  failing: 'the disk cannot be written: nothing new is saved until it can; what is saved can still be read',
}

/** Whether a refusal is the disk's, so that the same event may be taken later. */
export function isDiskRefusal(refusal: Rejection): boolean {
  return Object.values(REFUSALS).includes(refusal)
}

export function createKeep(events: Pick<EventStore, 'put'>, log: Logger): Keep {
  let reported: DiskFault | undefined
  return async (event, options) => {
    try {
      const kept = await events.put(event, options)
      if (reported !== undefined) log('warn', 'the disk can be written again')
      reported = undefined
      return kept
    } catch (error) {
      const fault = diskFaultOf(error)
      if (fault === undefined) throw error
      if (reported !== fault) log('error', COMPLAINTS[fault], { reason: messageOf(error) })
      reported = fault
      return REFUSALS[fault]
    }
  }
}
