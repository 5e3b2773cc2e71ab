/** What `/status` says of a node's bounds (specification/rest-api.md, R1.10), from real parts. */
import { expect, it } from 'vitest'
import { sealAnnouncement } from '../../src/overlay/announce.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { NODES_TOPIC, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

it('R1.10: a node says how much it has of what is bounded, and how much that may be', async () => {
  const hub = await startTestNode(cleanUp, { owner: 'ann' })
  const home = await startTestNode(cleanUp, { owner: 'sam', bootstraps: [hub.address], maxEvents: 1_234 })
  await until('the two to know each other', async () => (await home.client.status()).knownNodes === 1)
  const post = await home.post(draft.post('to be deleted'))
  await home.post(draft.deletion([post]))
  const { limits, store } = await home.client.status()
  expect(limits).toEqual({
    events: { used: 1, max: 1_234 },
    bytes: { used: store.bytes, max: home.config.maxBytes },
    guestEvents: { used: 0, max: store.guests.maxEvents },
    guestBytes: { used: 0, max: store.guests.maxBytes },
    tombstones: { used: 1, max: 100_000 },
    settledDeliveries: { used: 0, max: 1_000 },
    peers: { used: 1, max: home.config.tuning.maxPeers },
    knownNodes: { used: 1, max: 10_000 },
    boundOwners: { used: 0, max: 10_000 },
    dhtRecords: { used: 0, max: 10_000 },
    vanished: { used: 0, max: 10_000 },
    knownPeers: { used: 1, max: 500 },
    // This node and the other one.
    peerRecords: { used: 2, max: 1_000 },
    seenMessages: { used: expect.any(Number), max: 100_000 },
    gossipScores: { used: 1, max: 1_000 },
    quotas: { used: expect.any(Number), max: 5_000 },
    relayPlaces: { used: 0, max: 100 },
    relayLists: { used: 0, max: 10_000 },
  })
})

/** Somebody whom nobody has seen before comes, says who they are and how to reach them, and goes. */
async function visit(address: string, name: string): Promise<void> {
  const raw = await startRawPeer(cleanUp)
  const { pubkey: owner } = personFrom(name)
  const addresses = ['/ip4/127.0.0.1/tcp/1']
  const issuedAt = Math.floor(Date.now() / 1000)
  const announcement = await sealAnnouncement(
    { peer: raw.peerId, issuedAt, addresses, owner, binding: null },
    raw.privateKey,
  )
  const host = await raw.connect(address)
  await raw.sayHello(host, { owner, announcements: [announcement] })
  await raw.meet(host)
  await raw.gossip(NODES_TOPIC, announcement)
  await raw.stop()
}

it('O1.9, O3.3, O5.7, O5.8, O8.1: however many come and go, no more of them is remembered than there is room for', async () => {
  const tuning = { remembered: { nodes: 5, peers: 4 }, maxSeen: 8 }
  const { address, client } = await startTestNode(cleanUp, { owner: 'ann', tuning })
  for (let n = 0; n < 12; n++) await visit(address, `visitor ${n}`)
  await until('the last visitor to have gone', async () => (await client.status()).limits.peers.used === 0)
  const { limits } = await client.status()
  const { knownNodes, peerRecords, gossipScores, quotas, seenMessages } = limits
  expect({ knownNodes, peerRecords, gossipScores, quotas, seenMessages }).toEqual({
    knownNodes: { used: 5, max: 5 },
    peerRecords: { used: 4, max: 4 },
    gossipScores: { used: 4, max: 4 },
    quotas: { used: 20, max: 20 },
    seenMessages: { used: 8, max: 8 },
  })
})
