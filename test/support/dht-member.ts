/** One member of a DHT with real libp2p, sockets and signatures, and nothing else of a node: hundreds fit in a process. */
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { DEFAULTS } from '../../src/config.ts'
import { bindingTemplate } from '../../src/event/binding.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { verifyEvent } from '../../src/event/verify.ts'
import { createBindingCheck } from '../../src/flow/identity.ts'
import { nowSeconds, systemClock } from '../../src/observe/clock.ts'
import { silent } from '../../src/observe/log.ts'
import { type OpenedAnnouncement, sealAnnouncement } from '../../src/overlay/announce.ts'
import { createDht, type Dht } from '../../src/overlay/dht/dht.ts'
import type { Scope } from '../../src/overlay/dial-filter.ts'
import { createHost, type Host } from '../../src/overlay/libp2p.ts'
import { createQuotas } from '../../src/overlay/quota.ts'
import { checkWithWasm } from '../../src/verifier/wasm.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import type { CleanUp } from './clean-up.ts'
import { signedEvent } from './events.ts'
import { hostParts } from './host-parts.ts'

export interface DhtMember {
  readonly host: Host
  readonly dht: Dht
  readonly id: string
  readonly address: string
  /** What was heard, and over what. */
  readonly heard: readonly { readonly announcement: Uint8Array; readonly over: Scope }[]
  /** A signed announcement of this node with a binding by its owner. */
  announcement(changes?: Partial<OpenedAnnouncement>): Promise<Uint8Array>
  dial(address: string): Promise<PeerId>
}

export async function startDhtMember(cleanUp: CleanUp, owner: KeyPair | null): Promise<DhtMember> {
  const privateKey = await generateKeyPair('Ed25519')
  const clock = systemClock
  const host = await createHost(
    { ...DEFAULTS.tuning, privateKey, listen: ['/ip4/127.0.0.1/tcp/0'], agent: 'member/1' },
    hostParts(),
  )
  const id = host.peerId.toString()
  const binding = owner && encodeEvent(signedEvent(owner, bindingTemplate(id, nowSeconds(clock))))
  const heard: { announcement: Uint8Array; over: Scope }[] = []

  const announcement = (changes: Partial<OpenedAnnouncement> = {}) =>
    sealAnnouncement(
      {
        peer: host.peerId,
        issuedAt: nowSeconds(clock),
        addresses: host.getMultiaddrs().map(address => address.toString().replace(/\/p2p\/.*/, '')),
        owner: owner?.pubkey ?? null,
        binding,
        ...changes,
      },
      privateKey,
    )

  async function connect(node: string, hints: readonly Multiaddr[]): Promise<PeerId> {
    const peer = peerIdFromString(node)
    if (host.getConnections(peer).length === 0) {
      await host.dial(
        hints.map(address => address.encapsulate(`/p2p/${node}`)),
        { signal: AbortSignal.timeout(3_000) },
      )
    }
    return peer
  }

  const dht = createDht({
    host,
    quotas: createQuotas(clock),
    connect,
    isGreeted: () => false,
    checkBinding: createBindingCheck(
      async event => verifyEvent(event, checkWithWasm),
      { isDeleted: () => false },
      clock,
    ),
    ownRecord: async () => owner && { owner: owner.pubkey, announcements: [await announcement()] },
    hear: async (bytes, over) => void heard.push({ announcement: bytes, over }),
    clock,
    log: silent,
  })
  dht.start()
  await host.start()
  cleanUp.add(() => host.stop())
  cleanUp.add(() => dht.stop())
  const address = host.getMultiaddrs()[0]!.toString()
  return { host, dht, id, address, heard, announcement, dial: async to => (await host.dial(multiaddr(to))).remotePeer }
}
