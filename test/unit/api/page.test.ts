import { expect, test } from 'vitest'
import { statusPage } from '../../../src/api/page.ts'
import type { NodeStatus } from '../../../src/wire/node-status.ts'
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

test.each<[Partial<NodeStatus['sync']>, string]>([
  [{}, 'has what its neighbours have up to 2026-09-21 14:05 UTC</dd>'],
  [{ completeUntil: null, state: 'waiting' }, 'not known yet: it waits for another node to compare with'],
  [{ completeUntil: null }, 'not known yet: two other nodes have to be compared with'],
  [
    { progress: { number: 1, kind: 'behind', neighbour: 1, found: 5_400, learned: 1_200, sent: 0 } },
    'catching up with what was missed: 1,200 of 5,400 missing events are here',
  ],
  [
    { progress: { number: 9, kind: 'repair', neighbour: 1, found: 1, learned: 0, sent: 0 } },
    'has what its neighbours have up to',
  ],
])('the page says how complete the node is: %o', (changes, words) => {
  expect(statusPage({ ...STATUS, sync: { ...STATUS.sync, ...changes } })).toContain(words)
})
