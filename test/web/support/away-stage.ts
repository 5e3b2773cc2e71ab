/** A public node and one at home that only it leads to, as a page finds them: all of it on loopback. */
import type { CleanUp } from '../../support/clean-up.ts'
import { freePortPair } from '../../support/ports.ts'
import { startTestNode, type TestNode, type TestNodeOptions } from '../../support/test-node.ts'
import { until } from '../../support/until.ts'

export interface PublicNode extends TestNode {
  /** Multiaddrs by which a browser gets in. */
  readonly doors: { readonly ws: string; readonly webRtcDirect: string }
}

export async function startPublicNode(cleanUp: CleanUp, owner: string, options: Partial<TestNodeOptions> = {}) {
  const port = await freePortPair()
  const node = await startTestNode(cleanUp, {
    owner,
    listen: { host: '127.0.0.1', port },
    announce: [`/ip4/127.0.0.1/tcp/${port}`],
    browsers: { when: 'auto', port: 0 },
    servePage: 'auto',
    ...options,
  })
  const doors = await until('both doors', () => {
    const addresses = node.node.overlayAddresses()
    const ws = addresses.find(address => address.includes('/ws/p2p/'))
    const webRtcDirect = addresses.find(address => address.includes('/webrtc-direct/'))
    return ws === undefined || webRtcDirect === undefined ? undefined : { ws, webRtcDirect }
  })
  return { ...node, doors }
}

/** Reached by nobody but through the public node, which has a place for it. */
export async function startHomeNode(
  cleanUp: CleanUp,
  owner: string,
  at: TestNode,
  options: Partial<TestNodeOptions> = {},
) {
  const home = await startTestNode(cleanUp, { owner, bootstraps: [at.address], tuning: { reach: 'never' }, ...options })
  await until('a place at the public node', async () => (await home.node.status()).reachability.relays.length > 0)
  return home
}
