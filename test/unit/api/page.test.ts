import { expect, test } from 'vitest'
import { statusPage } from '../../../src/api/page.ts'
import type { NodeStatus } from '../../../src/flow/status.ts'
import { OWNER, statusOf } from './client-side.ts'

const STATUS = statusOf(OWNER.pubkey, 1)
const reachability = (changes: Partial<NodeStatus['reachability']>) => ({
  ...STATUS,
  reachability: { ...STATUS.reachability, ...changes },
})

test.each<[Partial<NodeStatus['reachability']>, string]>([
  [{ state: 'relayed', router: 'refused' }, 'through helper nodes; the router was asked to let them in'],
  [{ state: 'relayed', router: 'unasked' }, 'through helper nodes</dd>'],
  [{ state: 'unreachable', router: 'asking' }, 'by themselves; the router is being asked'],
  [
    { state: 'mapped', router: 'mapped', mapping: { address: '203.0.113.8', port: 20_000, by: 'UPnP' } },
    'the router lets them in (UPnP)</dd>',
  ],
])('the page tells a router that refused from one that was not asked: %o', (changes, words) => {
  expect(statusPage(reachability(changes))).toContain(words)
})
