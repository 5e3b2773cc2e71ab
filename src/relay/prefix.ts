/** What a refusal is called on the relay endpoint: NIP-01's machine-readable prefixes. */
import type { Rejection, RejectionCode } from '../event/rejection.ts'

type Prefix = 'duplicate' | 'blocked' | 'rate-limited' | 'invalid' | 'restricted' | 'auth-required' | 'pow' | 'error'

const PREFIXES: Readonly<Record<RejectionCode, Prefix>> = {
  malformed: 'invalid',
  'too-large': 'invalid',
  'bad-id': 'invalid',
  'bad-signature': 'invalid',
  'from-future': 'invalid',
  'too-old': 'invalid',
  expired: 'invalid',
  deleted: 'blocked',
  'not-owner': 'restricted',
  'not-public': 'restricted',
  'not-for-us': 'restricted',
  'not-asked': 'restricted',
  'not-allowed': 'auth-required',
  'write-denied': 'restricted',
  unclaimed: 'restricted',
  overloaded: 'error',
  full: 'error',
  'auth-required': 'auth-required',
  restricted: 'restricted',
  blocked: 'blocked',
  pow: 'pow',
  'rate-limited': 'rate-limited',
}

/** `prefix: a sentence`, as OK, CLOSED and NOTICE carry it. */
export function refusalText({ rejected, reason }: Rejection): string {
  return `${PREFIXES[rejected]}: ${reason}`
}
