/** Expected failures are values: a closed list of codes, each with what a client and a peer are told. */
import type { Refusal } from './refusal.ts'

/** What gossipsub does with a message: pass it on, drop it silently, or drop it and hold it against the sender. */
export type Verdict = 'accept' | 'ignore' | 'reject'

interface Consequence {
  /** HTTP status of a client's request that ends so. */
  readonly status: 400 | 401 | 403 | 406 | 413 | 429 | 503 | 507
  /** What happens to a gossiped message that ends so; never `accept`. */
  readonly verdict: Exclude<Verdict, 'accept'>
}

/**
 * `reject` only where no honest node could have sent the message: clocks, stores and queues differ between honest
 * nodes, so whatever depends on those is `ignore`.
 */
export const CONSEQUENCES = {
  malformed: { status: 400, verdict: 'reject' },
  'too-large': { status: 413, verdict: 'reject' },
  'bad-id': { status: 400, verdict: 'reject' },
  'bad-signature': { status: 400, verdict: 'reject' },
  'from-future': { status: 400, verdict: 'ignore' },
  'too-old': { status: 400, verdict: 'ignore' },
  expired: { status: 400, verdict: 'ignore' },
  deleted: { status: 403, verdict: 'ignore' },
  'not-owner': { status: 403, verdict: 'ignore' },
  'not-public': { status: 403, verdict: 'reject' },
  'not-for-us': { status: 403, verdict: 'ignore' },
  'not-asked': { status: 403, verdict: 'ignore' },
  'not-allowed': { status: 401, verdict: 'ignore' },
  'write-denied': { status: 406, verdict: 'ignore' },
  unclaimed: { status: 403, verdict: 'ignore' },
  overloaded: { status: 503, verdict: 'ignore' },
  full: { status: 507, verdict: 'ignore' },
  // What the relay says to others than the owner, by the words of NIP-01 and NIP-42.
  'auth-required': { status: 401, verdict: 'ignore' },
  restricted: { status: 403, verdict: 'ignore' },
  blocked: { status: 403, verdict: 'ignore' },
  pow: { status: 403, verdict: 'ignore' },
  'rate-limited': { status: 429, verdict: 'ignore' },
} as const satisfies Record<string, Consequence>

export type RejectionCode = keyof typeof CONSEQUENCES
/** What programs tell refusals apart by. */
export type RefusalCode = RejectionCode | Refusal

export interface Rejection {
  readonly rejected: RejectionCode
  /** A sentence for a person, without secrets and without a stack trace. */
  readonly reason: string
  /** Where it says more than `rejected`. */
  readonly code?: Refusal
  /** The name of what was refused, as of a setting. */
  readonly about?: string
}

export function reject(
  rejected: RejectionCode,
  reason: string,
  more?: Pick<Rejection, 'about'> & { readonly code: Refusal },
): Rejection {
  return { rejected, reason, ...more }
}

export function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && 'rejected' in value
}

/** HTTP status of a client's request that ended in this rejection. */
export function statusOf(rejection: Rejection): number {
  return CONSEQUENCES[rejection.rejected].status
}

/** Gossip verdict of a message that ended in this rejection. */
export function verdictOf(rejection: Rejection): Verdict {
  return CONSEQUENCES[rejection.rejected].verdict
}
