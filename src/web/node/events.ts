/** Events of the node: the pull, a question, and publishing (specification/rest-api.md, R2-R5). */
import type { NostrEvent } from '../../event/event.ts'
import { isRejection } from '../../event/rejection.ts'
import { decodePullBody } from '../../wire/pull-reader.ts'
import { type Call, jsonOf } from './call.ts'
import type { Trouble } from './trouble.ts'

/** A filter as it goes over the wire (NIP-01). */
export interface Question {
  readonly ids?: readonly string[]
  readonly authors?: readonly string[]
  readonly kinds?: readonly number[]
  /** Seconds since 1970. */
  readonly since?: number
  readonly until?: number
  readonly limit?: number
  /** The event that the page before ended with; goes with its date as `until` (R3.7). */
  readonly behind?: string
  /** Words (NIP-50). */
  readonly search?: string
  readonly [tag: `#${string}`]: readonly string[]
}

export interface Pulled {
  readonly events: readonly NostrEvent[]
  /** Ids of those that came late: no news, they fill gaps. */
  readonly late: ReadonlySet<string>
  /** Where the next pull goes on. */
  readonly cursor: string
  /** More waits behind the cursor. */
  readonly more: boolean
  /** Bytes of the answer as it was unpacked. */
  readonly bytes: number
}

export interface Published {
  readonly id: string
  readonly result: 'stored' | 'duplicate' | 'superseded' | 'passed'
  readonly broadcast: boolean
  /** npubs. */
  readonly to: readonly string[]
}

export interface EventCalls {
  /** What is new since the cursor; without one the newest `limit`. */
  pull(cursor: string | undefined, limit: number, signal?: AbortSignal): Promise<Pulled | Trouble>
  /** Stored events, newest first; what the node lacks it looks for, and it comes with a later pull. */
  ask(question: Question, signal?: AbortSignal): Promise<readonly NostrEvent[] | Trouble>
  publish(event: NostrEvent): Promise<Published | Trouble>
}

/** The original's name for "all that the owner may see" (R3.3). */
const PULL_KIND = 40_000

export function createEventCalls(call: Call): EventCalls {
  async function request(body: object, signal?: AbortSignal) {
    const response = await call('/req', { method: 'POST', body, ...(signal !== undefined && { signal }) })
    if ('trouble' in response) return response
    try {
      const bytes = new Uint8Array(await response.arrayBuffer())
      const read = decodePullBody(bytes)
      return isRejection(read) ? BROKEN : { ...read, headers: response.headers, bytes: bytes.length }
    } catch {
      return AWAY
    }
  }

  return {
    async pull(cursor, limit, signal) {
      const answer = await request({ kinds: [PULL_KIND], cursor: cursor ?? null, limit }, signal)
      if ('trouble' in answer) return answer
      const { events, bytes, headers } = answer
      const next = headers.get('Nostrp2p-Cursor')
      if (next === null) return BROKEN
      const late = new Set(answer.late.flatMap(place => events[place]?.id ?? []))
      return { events, late, cursor: next, more: headers.get('Nostrp2p-More') === '1', bytes }
    },

    async ask(question, signal) {
      const answer = await request(question, signal)
      return 'trouble' in answer ? answer : answer.events
    },

    async publish(event) {
      return jsonOf<Published>(await call('/publish', { method: 'POST', body: event }))
    },
  }
}

const BROKEN: Trouble = { trouble: 'broken' }
const AWAY: Trouble = { trouble: 'away' }
