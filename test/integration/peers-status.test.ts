/** What `/status` says of each connection (specification/rest-api.md, R1.11). */
import { multiaddr } from '@multiformats/multiaddr'
import { expect, it } from 'vitest'
import { systemClock } from '../../src/observe/clock.ts'
import { connectedPeers } from '../../src/overlay/connected.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

it('R1.11: since when, over which way, and how long a ping takes once there was one', async () => {
  const startedMs = Date.now()
  const [stays, goes] = await Promise.all(['stella', 'gino'].map(owner => startTestNode(cleanUp, { owner })))
  const node = await startTestNode(cleanUp, { owner: 'nora', bootstraps: [stays!.address, goes!.address] })
  await until('both', async () => (await node.client.status()).peers.length === 2)
  for (const peer of (await node.client.status()).peers) {
    expect(peer).toMatchObject({ way: 'local', rttMs: null, since: new Date(peer.connectedSinceMs).toISOString() })
    expect(peer.connectedSinceMs).toBeGreaterThanOrEqual(startedMs)
  }
  // The loss of one makes the node ask the other for a sign of life.
  await goes!.node.stop()
  const rttMs = await until('a ping', async () => {
    const { peers } = await node.client.status()
    return peers.find(({ id }) => id === stays!.node.peerId)?.rttMs ?? undefined
  })
  expect(Number.isInteger(rttMs)).toBe(true)
})

it.each([
  ['/ip4/198.51.100.7/tcp/20000', 'direct'],
  ['/ip4/192.168.1.7/tcp/20000', 'lan'],
  ['/ip6/fe80::7/tcp/20000', 'lan'],
  ['/ip6/::1/tcp/20000', 'local'],
  ['/ip4/198.51.100.7/tcp/20000/p2p/12D3KooWHUyeXEpuaqmPuxPdqxHtD8nATCGXrNXKB8jcQjTs1DFx/p2p-circuit', 'helper'],
  ['/ip4/192.168.1.7/tcp/20000/p2p/12D3KooWHUyeXEpuaqmPuxPdqxHtD8nATCGXrNXKB8jcQjTs1DFx/p2p-circuit', 'helper'],
  ['/ip4/198.51.100.7/tcp/1/p2p/12D3KooWHUyeXEpuaqmPuxPdqxHtD8nATCGXrNXKB8jcQjTs1DFx/p2p-circuit/webrtc', 'direct'],
])('R1.11: %s is a way of the kind %s', (address, way) => {
  const connection = {
    remotePeer: { toString: () => 'somebody' },
    direction: 'inbound',
    remoteAddr: multiaddr(address),
    timeline: { open: 5 },
    limits: undefined,
  }
  const host = { getConnections: () => [connection] } as unknown as Parameters<typeof connectedPeers>[0]
  const directory = { get: () => undefined } as unknown as Parameters<typeof connectedPeers>[1]
  expect(connectedPeers(host, directory, () => '', systemClock)).toMatchObject([{ way, rttMs: null }])
})
