/** Browsers come in at a node: real WebSockets and real WebRTC on loopback (specification/away.md, D). */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startBrowserPeer } from '../support/browser-peer.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

const ON = { when: 'on', port: 0 } as const

function doorsOf({ node }: TestNode): Promise<{ ws: string; direct: string }> {
  return until('both doors in the addresses', () => {
    const addresses = node.overlayAddresses()
    const ws = addresses.find(address => /\/ws\/p2p\//.test(address))
    const direct = addresses.find(address => address.includes('/webrtc-direct/certhash/'))
    return ws !== undefined && direct !== undefined ? { ws, direct } : undefined
  })
}

test('D1.1, D3.2: a peer comes in by each door, and after a restart by the same addresses', {
  timeout: 60_000,
}, async () => {
  const first = await startTestNode(cleanUp, { owner: 'alice', browsers: ON })
  const before = await doorsOf(first)
  for (const address of [before.ws, before.direct]) {
    const browser = await startBrowserPeer(cleanUp)
    const connection = await browser.dial(address)
    expect(connection.remotePeer.toString()).toBe(first.node.peerId)
    expect(connection.limits).toBeUndefined()
    await until('the node sees who came', async () =>
      (await first.node.status()).peers.some(({ id, direction }) => id === browser.id && direction === 'inbound'),
    )
    await browser.host.stop()
  }
  expect((await stat(join(first.config.dataDir, 'browsers.pem'))).mode & 0o777).toBe(0o600)
  const port = Number(/\/tcp\/(\d+)\/ws/.exec(before.ws)?.[1])
  const again = await first.restart({ browsers: { when: 'on', port } })
  const once = await doorsOf(again)
  const more = await again.restart({ browsers: { when: 'on', port } })
  const after = await doorsOf(more)
  expect(after).toEqual(once)
  expect(after.ws).toBe(before.ws)
  expect(/certhash\/[\w-]+/.exec(after.direct)?.[0]).toBe(/certhash\/[\w-]+/.exec(before.direct)?.[0])
  const browser = await startBrowserPeer(cleanUp)
  await browser.dial(after.direct)
})
