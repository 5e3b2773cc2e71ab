/** `nostrp2p doctor` behind real routers (specification/doctor.md, D2): kind of NAT, way in, port mapping, helper nodes. */
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Line } from '../support/doctor.ts'
import { builtCommand, watch } from '../support/processes.ts'
import { until } from '../support/until.ts'
import type { LabNode } from './lab/lab-node.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()
let hubs: LabNode[]

/** Two public nodes that know of each other that others get in. */
async function startHubs(): Promise<void> {
  const hub = await stage().publicNode('hub')
  const second = await stage().publicNode('second', { boot: [hub] })
  await hub.start()
  await second.start()
  hubs = [hub, second]
  for (const node of hubs) {
    await until(`that others get in at ${node.name}`, async () => (await node.status()).reachability.state === 'public')
  }
}

/** Beside the node if it runs, in its place if it does not. */
async function doctor({ name, host }: LabNode): Promise<{ code: number | null; of(check: string): Line }> {
  const place = ['-l', '0.0.0.0:20000', '--data-dir', join(stage().lab.folder, name, 'data')]
  const boots = hubs.flatMap(hub => ['-b', hub.address()])
  const args = [await builtCommand(), 'doctor', '--json', ...place, ...boots]
  const run = watch(host.space.spawn(process.execPath, args, { env: process.env, stdio: ['ignore', 'pipe', 'pipe'] }))
  const { code } = await run.exit
  const lines = run
    .stdout()
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
  return { code, of: check => lines.find(line => line.check === check)! }
}

describe.skipIf(WHY_NOT)('doctor', () => {
  beforeEach(startHubs)

  it('beside a node behind port-restricted NAT: direct ways are possible, two helper nodes keep a place', async () => {
    const ann = await stage().home('ann', { boot: hubs })
    await ann.start()
    await until('two relays', async () => (await ann.status()).reachability.relays.length === 2)
    await until('that the router was asked', async () => (await ann.status()).reachability.router === 'refused')
    const { code, of } = await doctor(ann)
    expect(of('nat')).toMatchObject({ state: 'pass', details: { kind: 'endpoint-independent' } })
    expect(of('reachability')).toMatchObject({ state: 'pass', details: { state: 'relayed' } })
    expect(of('relays')).toMatchObject({ state: 'pass' })
    expect(of('port-mapping')).toMatchObject({ state: 'warn', details: { mapping: null } })
    expect(of('clock')).toMatchObject({ state: 'pass', details: { nodes: 2 } })
    expect(code).toBe(0)
  })

  it('behind symmetric NAT, without a node: nobody gets in, and two nodes would help', async () => {
    const { code, of } = await doctor(await stage().home('ann', { nat: 'symmetric' }))
    expect(of('nat')).toMatchObject({ state: 'warn', details: { kind: 'symmetric' } })
    expect(of('reachability')).toMatchObject({ state: 'warn', details: { state: 'shut' } })
    expect(of('relays')).toMatchObject({ state: 'pass', details: { offering: { length: 2 } } })
    expect(of('port-mapping')).toMatchObject({ state: 'warn', details: { mapping: null } })
    expect(code).toBe(0)
  })

  it('behind a router that maps ports, without a node: it would open one, and none stays open', async () => {
    const ann = await stage().home('ann', { upnp: true, boot: hubs })
    const rules = () => ann.router.space.run('nft', '-s', 'list', 'ruleset')
    const before = await rules()
    const { of } = await doctor(ann)
    expect(of('reachability')).toMatchObject({ details: { state: 'shut' } })
    expect(of('port-mapping')).toMatchObject({ state: 'pass', details: { mapping: { port: 20_000 } } })
    expect(await rules()).toBe(before)
    // With a node the same rules do change.
    await ann.start()
    await until('the mapping', async () => (await ann.status()).reachability.mapping !== null)
    expect((await ann.status()).reachability.router).toBe('mapped')
    expect(await rules()).not.toBe(before)
  })

  it('on a public address, without a node: no NAT, and others get in', async () => {
    const { of } = await doctor(await stage().publicNode('paul'))
    expect(of('nat')).toMatchObject({ state: 'pass', details: { kind: 'none' } })
    expect(of('reachability')).toMatchObject({ state: 'pass', details: { state: 'public' } })
    expect(of('port-mapping')).toMatchObject({ state: 'pass' })
  })
})
