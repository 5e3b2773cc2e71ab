/** The page's own libp2p, in Node.js, at real nodes on loopback. */
import { expect, it } from 'vitest'
import { type Met, meet } from '../../../src/web/way/meet.ts'
import { startPeer } from '../../../src/web/way/peer.ts'
import { peerIdOfSeed } from '../../../src/web/way/peer-id.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { until } from '../../support/until.ts'
import { startHomeNode, startPublicNode } from '../support/away-stage.ts'

const cleanUp = useCleanUp()
const NOBODY = '12D3KooWJRSrypvnpHgc6ZAgyCni4KcSmbV7uGRaMw5LgMKT18fq'
/** Nobody listens there. */
const DEAD = '/ip4/127.0.0.1/tcp/1/ws'

it('finds a node behind a public one by either door, goes direct, and says why it does not', {
  timeout: 60_000,
}, async () => {
  const rita = await startPublicNode(cleanUp, 'rita')
  const home = await startHomeNode(cleanUp, 'alice', rita)
  const seed = crypto.getRandomValues(new Uint8Array(32))
  const peer = await startPeer(seed)
  cleanUp.add(() => peer.stop())
  const find = async (node: string, ...addresses: string[]): Promise<Met | string> => {
    const met = await meet({ peer, node, addresses, isSecurePage: false, signal: AbortSignal.timeout(20_000) })
    if (typeof met !== 'string') cleanUp.add(() => met.relay?.close())
    return met
  }

  for (const door of [rita.doors.ws, rita.doors.webRtcDirect]) {
    const met = await find(home.node.peerId, `${DEAD}/p2p/${NOBODY}`, door)
    if (typeof met === 'string') throw new Error(met)
    expect(met.connection).toMatchObject({ peer: home.node.peerId, isLimited: true })
    const own = peerIdOfSeed(seed)
    await until('the node sees this peer', async () => (await home.node.status()).peers.some(({ id }) => id === own))
    const direct = await met.direct(AbortSignal.timeout(20_000))
    expect(direct).toMatchObject({ peer: home.node.peerId, isLimited: false })
    met.connection.close()
    met.relay?.close()
    await until('the circuit is gone', () => met.connection.ended.aborted && met.relay?.ended.aborted)
    expect(direct.ended.aborted).toBe(false)
    direct.close()
  }

  expect(await find(home.node.peerId, `${DEAD}/p2p/${NOBODY}`)).toBe('no-public-node')
  expect(await find(NOBODY, rita.doors.ws)).toBe('node-away')
  expect(await find(home.node.peerId, rita.doors.ws.replace(rita.node.peerId, home.node.peerId))).toBe('wrong-node')
  expect(await find(home.node.peerId)).toBe('no-public-node')

  // It has moved on from the only public node that is known, which has heard where to.
  const places = { tuning: { relayPlaces: 0 } }
  const ruth = await startPublicNode(cleanUp, 'ruth', { bootstraps: [rita.address], ...places })
  const met = await until('word of where it is', async () => {
    const found = await find(home.node.peerId, ruth.doors.ws)
    return typeof found === 'string' ? undefined : found
  })
  expect(met.connection.peer).toBe(home.node.peerId)
  expect(met.relay?.peer).toBe(rita.node.peerId)
})
