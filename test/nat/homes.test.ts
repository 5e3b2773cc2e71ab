/** People at home, behind every kind of router, and one public node: all that they say arrives. */
import { describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { areDirect, areRelayed, gather, talk, tell, transportsBetween } from './lab/conversation.ts'
import { type LabNode, startAll } from './lab/lab-node.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()

async function startHub(): Promise<LabNode> {
  const hub = await stage().publicNode('hub')
  await hub.start()
  return hub
}

describe.skipIf(WHY_NOT)('two homes and one public node', () => {
  it('port-restricted NAT on both sides: they find a direct way', async () => {
    const hub = await startHub()
    const [ann, ben] = [await stage().home('ann'), await stage().home('ben')]
    await startAll(ann, ben)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
    await areDirect(ann, ben)
    expect(new Set(await transportsBetween(ben, ann))).toEqual(new Set(['webrtc']))
    await talk(ann, ben, [hub])
    // The doors for browsers (away.md, D1.2): told where somebody from outside came, and nowhere else.
    const doors = await until('doors that are told', async () => {
      const { browsers } = await hub.status()
      return browsers.state === 'open'
        ? browsers.addresses.map(address => /\/(ws|webrtc-direct)\b/.exec(address)?.[1])
        : undefined
    })
    expect(new Set(doors)).toEqual(new Set(['ws', 'webrtc-direct']))
    expect((await ann.status()).browsers).toEqual({ state: 'shut', port: null, addresses: [] })
  })

  it('symmetric NAT on one side: they talk through the public node', async () => {
    const hub = await startHub()
    const [ann, ben] = [await stage().home('ann', { nat: 'symmetric' }), await stage().home('ben')]
    await startAll(ann, ben)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
    await areRelayed(ann, ben)
    await talk(ann, ben, [hub])
  })

  it('symmetric NAT on both sides: they talk through the public node', async () => {
    const hub = await startHub()
    const nat = 'symmetric'
    const [ann, ben] = [await stage().home('ann', { nat }), await stage().home('ben', { nat })]
    await startAll(ann, ben)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
    await areRelayed(ann, ben)
    await talk(ann, ben, [hub])
  })

  it('both behind one router: they talk in its LAN', async () => {
    const hub = await startHub()
    const router = await stage().router('router')
    const [ann, ben] = await Promise.all(
      (['ann', 'ben'] as const).map(async name => stage().node(await router.host(name), name, { boot: [hub] })),
    )
    await startAll(ann!, ben!)
    await gather(hub, ann!, ben!)
    await talk(ann!, ben!, [hub])
    await areDirect(ann!, ben!)
    const before = await router.wan.bytes()
    const reply = 'x'.repeat(40_000)
    for (const [from, to] of [
      [ann!, ben!],
      [ben!, ann!],
    ] as const)
      await tell(from, to, { content: reply, tags: [['p', to.client.keys.pubkey]] })
    expect((await router.wan.bytes()) - before).toBeLessThan(reply.length)
  })

  it('one behind two routers (CGNAT): they find a direct way all the same', async () => {
    const hub = await startHub()
    const upstream = await stage().router('carrier', { kind: 'carrier' })
    const [ann, ben] = [await stage().home('ann', { upstream }), await stage().home('ben')]
    await startAll(ann, ben)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
    await areDirect(ann, ben)
    await talk(ann, ben, [hub])
  })

  it('a public address with a firewall in front is as private as a home', async () => {
    const hub = await startHub()
    const [ann, ben] = [await stage().publicNode('ann', { boot: [hub] }), await stage().home('ben')]
    await stage().internet.shield(ann.host.cable)
    await startAll(ann, ben)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
    await areDirect(ann, ben)
    await talk(ann, ben, [hub])
  })
})
