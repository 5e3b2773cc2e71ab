import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../../src/config.ts'
import { createHost, type Host } from '../../../src/overlay/libp2p.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { hostParts } from '../../support/host-parts.ts'
import { startRawPeer } from '../../support/raw-peer.ts'
import { until } from '../../support/until.ts'
import { watchVitals } from '../../support/vitals.ts'

const MAX_PEER_RECORDS = DEFAULTS.tuning.remembered.peers
const cleanUp = useCleanUp()
let host: Host

beforeEach(async () => {
  const privateKey = await generateKeyPair('Ed25519')
  const options = { ...DEFAULTS.tuning, privateKey, listen: ['/ip4/127.0.0.1/tcp/0'], agent: 'test/1' }
  host = await createHost(options, hostParts())
  cleanUp.add(() => host.stop())
  await host.start()
})

/** What identify makes known of somebody. */
async function learnOne(n: number) {
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  const multiaddrs = [multiaddr(`/ip4/8.8.${n >> 8}.${n & 255}/tcp/20000`)]
  await host.peerStore.merge(peer, { multiaddrs, protocols: ['/one/1'] })
  return peer
}

describe('what libp2p knows of peers (O1.9)', () => {
  it('is bounded: whoever did not change for longest goes, but nobody who is connected', async () => {
    const raw = await startRawPeer(cleanUp, { gossips: false })
    await raw.connect(host.getMultiaddrs()[0]!.toString())
    const protocols = async () => (await host.peerStore.get(raw.peerId)).protocols
    await until('what the peer speaks', async () => (await protocols().catch(() => [])).length > 0)

    const first = await learnOne(0)
    const second = await learnOne(1)
    await host.peerStore.merge(first, { protocols: ['/two/1'] })
    for (let n = 2; n < MAX_PEER_RECORDS; n++) await learnOne(n)
    // This host and the connected peer are two of them.
    await learnOne(MAX_PEER_RECORDS)
    expect(await host.peerStore.has(second)).toBe(false)
    for (let n = 0; n < 100; n++) await learnOne(n)
    expect(await host.peerStore.has(first)).toBe(false)
    expect(await host.peerStore.all()).toHaveLength(MAX_PEER_RECORDS - 1)
    expect((await protocols()).length).toBeGreaterThan(0)
    expect(await host.peerStore.has(host.peerId)).toBe(true)
  })

  it('takes what it says, and not the memory around it', async () => {
    const vitals = watchVitals()
    for (let n = 0; n < 200; n++) {
      await learnOne(n)
      // Others encode meanwhile, in the same pool.
      for (let i = 0; i < 100; i++) Buffer.allocUnsafe(1_000)
    }
    // 200 pools of 64 KiB without it.
    expect(vitals.read().grownBytes).toBeLessThan(4e6)
  })
})
