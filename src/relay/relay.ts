/** The relay endpoint of the node (specification/relay.md): WebSockets, sessions, subscriptions, put together. */
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import type { Rejection } from '../event/rejection.ts'
import type { Live } from '../flow/live.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { EventStore } from '../store/store.ts'
import { createCheckAuth } from './auth.ts'
import { createEndpoint, type Endpoint } from './endpoint.ts'
import { RELAY_LIMITS, type RelayLimits } from './limits.ts'
import type { Access } from './party.ts'
import { createSession, type SessionParts } from './session.ts'
import { createSubscriptions } from './subscriptions.ts'

export interface RelayParts {
  readonly access: Access & {
    isBlocked(address: string | undefined): boolean
    onChange(told: () => void): () => void
  }
  readonly publish: SessionParts['publish']
  readonly events: Pick<EventStore, 'read' | 'has' | 'count' | 'setOf' | 'lastPosition'>
  readonly askForMissing: SessionParts['askForMissing']
  readonly listen: Live['listen']
  readonly isOwnUrl: (url: string) => boolean
  readonly verify: (event: NostrEvent) => Promise<VerifiedEvent | Rejection>
  readonly clock: Clock
  readonly counters: Counters
  readonly log: Logger
  readonly limits?: Partial<RelayLimits>
}

export interface Relay {
  readonly upgrade: Endpoint['upgrade']
  /** For the node's status. */
  figures(): { readonly connections: number; readonly subscriptions: number }
  stop(): void
}

export function createRelay(parts: RelayParts): Relay {
  const { clock, log } = parts
  const limits = { ...RELAY_LIMITS, ...parts.limits }
  const subscriptions = createSubscriptions({ ...parts, limits })
  const shared = {
    ...parts,
    limits,
    subscriptions,
    sets: { left: limits.maxReconciledEvents },
    nowMs: clock.nowMs,
    checkAuth: createCheckAuth({ ...parts, windowSeconds: limits.authSeconds }),
    onFault: (error: unknown) => log('error', 'a relay request failed', { reason: messageOf(error) }),
  }
  const endpoint = createEndpoint({
    limits,
    clock,
    isBlocked: parts.access.isBlocked,
    createSession: client => createSession(client, shared),
  })
  const stopLooking = parts.access.onChange(() => endpoint.lookAgain())
  return {
    upgrade: endpoint.upgrade.bind(endpoint),
    figures: () => ({ connections: endpoint.connections(), subscriptions: subscriptions.size() }),
    stop() {
      stopLooking()
      endpoint.close()
      subscriptions.stop()
    },
  }
}
