import { describe, expect, it } from 'vitest'
import {
  CONSEQUENCES,
  isRejection,
  type RejectionCode,
  reject,
  statusOf,
  verdictOf,
} from '../../../src/event/rejection.ts'

describe('rejections (E14.1)', () => {
  /** Status of the client's request, verdict on the gossiped message; the compiler asks for every code. */
  const TABLE: Record<RejectionCode, readonly [status: number, verdict: string]> = {
    malformed: [400, 'reject'],
    'too-large': [413, 'reject'],
    'bad-id': [400, 'reject'],
    'bad-signature': [400, 'reject'],
    'from-future': [400, 'ignore'],
    'too-old': [400, 'ignore'],
    expired: [400, 'ignore'],
    deleted: [403, 'ignore'],
    'not-owner': [403, 'ignore'],
    'not-public': [403, 'reject'],
    'not-for-us': [403, 'ignore'],
    'not-asked': [403, 'ignore'],
    'not-allowed': [401, 'ignore'],
    'write-denied': [406, 'ignore'],
    unclaimed: [403, 'ignore'],
    overloaded: [503, 'ignore'],
    full: [507, 'ignore'],
    'auth-required': [401, 'ignore'],
    restricted: [403, 'ignore'],
    blocked: [403, 'ignore'],
    pow: [403, 'ignore'],
    'rate-limited': [429, 'ignore'],
  }
  it.each(Object.entries(TABLE))('%s', (code, [status, verdict]) => {
    const rejection = reject(code as RejectionCode, 'A reason.')
    expect([statusOf(rejection), verdictOf(rejection)]).toEqual([status, verdict])
    expect(isRejection(rejection)).toBe(true)
  })

  it('are the whole list of codes', () => {
    expect(Object.keys(CONSEQUENCES).sort()).toEqual(Object.keys(TABLE).sort())
  })

  it.each([undefined, null, 0, '', 'rejected', [], {}, () => 'rejected'])('are not %s', value => {
    expect(isRejection(value)).toBe(false)
  })
})
