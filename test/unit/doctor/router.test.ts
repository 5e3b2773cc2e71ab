/** What `doctor` says of the router, as the running node knows it (specification/doctor.md, D2). */
import { describe, expect, test } from 'vitest'
import type { Examined } from '../../../src/doctor/examined.ts'
import { portMappingCheck } from '../../../src/doctor/port-mapping.ts'
import type { ReachabilityStatus } from '../../../src/wire/node-status.ts'

type Reachability = Pick<ReachabilityStatus, 'state' | 'router'> & Partial<ReachabilityStatus>

async function said(reachability: Reachability, portMapping = true) {
  const own = { reachability: { mapping: null, addresses: [], relays: [], ...reachability } }
  const examined = { own, config: { portMapping, listen: { host: '0.0.0.0', port: 20_000 } } }
  const [finding] = await portMappingCheck.look(examined as unknown as Examined)
  return finding!
}

describe('the router of a running node', () => {
  test.each<[Reachability, string, RegExp]>([
    [
      { state: 'mapped', router: 'mapped', mapping: { address: '203.0.113.8', port: 20_001, by: 'UPnP' } },
      'pass',
      /opens 203\.0\.113\.8:20001 \(UPnP\)/,
    ],
    // A router behind another one: it opens a port, and others still do not get in.
    [
      { state: 'relayed', router: 'mapped', mapping: { address: '10.0.0.8', port: 20_000, by: 'NAT-PMP' } },
      'pass',
      /opens 10\.0\.0\.8:20000 \(NAT-PMP\)/,
    ],
    [{ state: 'relayed', router: 'refused' }, 'warn', /was asked by NAT-PMP and UPnP and opens no port/],
    [{ state: 'unreachable', router: 'asking' }, 'warn', /is being asked/],
    [{ state: 'public', router: 'unasked' }, 'pass', /not needed/],
    [{ state: 'unknown', router: 'unasked' }, 'pass', /nobody outside of this network has tried/],
    [{ state: 'relayed', router: 'unasked' }, 'pass', /switched off at the running node/],
  ])('%o', async (reachability, state, words) => {
    const { finding, advice, details, ...rest } = await said(reachability)
    expect(rest.state).toBe(state)
    expect(finding).toMatch(words)
    expect(advice === undefined).toBe(state === 'pass')
    expect(details).toEqual({ router: reachability.router, mapping: reachability.mapping ?? null })
  })

  test('forwarding the port by hand is the advice where the router refuses', async () => {
    expect((await said({ state: 'relayed', router: 'refused' })).advice).toContain('forward port 20000')
  })

  test('is not spoken of where doctor is told that it is switched off', async () => {
    expect(await said({ state: 'relayed', router: 'refused' }, false)).toMatchObject({ state: 'pass' })
  })
})
