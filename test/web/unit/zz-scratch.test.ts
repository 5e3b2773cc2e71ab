import { expect, it } from 'vitest'
import { useCleanUp } from '../../support/clean-up.ts'
import { freePortPair } from '../../support/ports.ts'
import { startTestNode } from '../../support/test-node.ts'
import { until } from '../../support/until.ts'
import { startPeer } from '../../../src/web/way/peer.ts'
import { meet } from '../../../src/web/way/meet.ts'

const cleanUp = useCleanUp()
it('meets', { timeout: 60_000 }, async () => {
  const port = await freePortPair()
  const relay = await startTestNode(cleanUp, { owner: 'rita', listen: { host: '127.0.0.1', port }, announce: [`/ip4/127.0.0.1/tcp/${port}`], browsers: { when: 'auto', port: 0 }, servePage: 'auto' })
  const ws = await until('door', () => relay.node.overlayAddresses().find(a => a.includes('/ws/p2p')))
  const wd = await until('door', () => relay.node.overlayAddresses().find(a => a.includes('/webrtc-direct/')))
  const home = await startTestNode(cleanUp, { owner: 'alice', bootstraps: [relay.address], tuning: { reach: 'never' } })
  await until('a place', async () => (await home.node.status()).reachability.relays.length === 1)
  const peer = await startPeer(crypto.getRandomValues(new Uint8Array(32)))
  cleanUp.add(() => peer.stop())
  for (const door of [ws, wd]) {
    let t = performance.now()
    const met = await meet({ peer, node: home.node.peerId, addresses: [door], isSecurePage: false, signal: AbortSignal.timeout(20_000) })
    if (typeof met === 'string') throw new Error(met)
    console.log('circuit', met.connection.isLimited, met.connection.peer, performance.now() - t)
    t = performance.now()
    const direct = await met.direct(AbortSignal.timeout(20_000))
    console.log('direct', direct.isLimited, performance.now() - t)
    met.connection.close(); met.relay?.close(); direct.close()
  }
  // stale relay
  console.log(await meet({ peer, node: home.node.peerId, addresses: ['/ip4/127.0.0.1/tcp/1/ws/p2p/' + relay.node.peerId], isSecurePage: false, signal: AbortSignal.timeout(20_000) }))
  console.log(await meet({ peer, node: peer === undefined ? '' : '12D3KooWJRSrypvnpHgc6ZAgyCni4KcSmbV7uGRaMw5LgMKT18fq', addresses: [ws], isSecurePage: false, signal: AbortSignal.timeout(20_000) }))
  console.log(await meet({ peer, node: home.node.peerId, addresses: [ws.replace(relay.node.peerId, home.node.peerId)], isSecurePage: false, signal: AbortSignal.timeout(20_000) }))
  expect(1).toBe(1)
})
