/** Somebody who seems to be many crowds a node: it keeps its way to the others (specification/overlay.md O16). */
import { describe, expect, it } from 'vitest'
import { sealAnnouncement } from '../../src/overlay/announce.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { NODES_TOPIC } from '../support/raw-peer.ts'
import { until } from '../support/until.ts'
import { gather, gets, isConnected, talk } from './lab/conversation.ts'
import type { Crowd } from './lab/internet.ts'
import { type LabNode, startAll } from './lab/lab-node.ts'
import { type Outlaw, startOutlaw } from './lab/outlaw.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()
const cleanUp = useCleanUp()

const CROWDS = ['mallory', 'trudy'] as const
const EACH = 45
/** Two, and some that were dialled at the same moment. */
const MOST_CHOSEN = 5

/** One of many: calls the node, tells that it is somebody's, hears everything and passes nothing on. */
async function startSybil(crowd: Crowd, number: number, victim: LabNode): Promise<Outlaw> {
  const at = crowd.address(number + 1)
  const sybil = await startOutlaw(cleanUp, stage().lab, crowd, { at, port: 20_000 + number, swallows: true })
  const owner = personFrom(`${crowd.space.name} ${number}`).pubkey
  const announcement = await sealAnnouncement(
    {
      peer: sybil.peerId,
      issuedAt: Math.floor(Date.now() / 1000),
      addresses: [sybil.address.replace(/\/p2p\/.*/, '')],
      owner,
      binding: null,
    },
    sybil.privateKey,
  )
  try {
    const peer = await sybil.call(victim.host.cable.v4!, 20_000)
    await sybil.sayHello(peer, { owner, announcements: [announcement] })
    await sybil.meet(peer)
    await sybil.gossip(NODES_TOPIC, announcement)
  } catch {
    // There was no room for it.
  }
  return sybil
}

/** How many connections a node has from or to each of these networks. */
async function connectionsWith(node: LabNode, crowds: readonly Crowd[], direction: 'inbound' | 'outbound') {
  const { peers } = await node.status()
  const of = (crowd: Crowd) =>
    peers.filter(
      peer => peer.direction === direction && peer.address.startsWith(`/ip4/${crowd.address(0).slice(0, -1)}`),
    )
  return crowds.map(crowd => of(crowd).length)
}

describe.skipIf(WHY_NOT)('a crowd from two networks', () => {
  it('O16: takes its share of the places, and posts, likes and questions go on', async () => {
    const hub = await stage().publicNode('hub')
    const boot = ['hub.example:20000']
    const [rob, sue] = [await stage().publicNode('rob', { boot }), await stage().publicNode('sue', { boot })]
    const ann = await stage().home('ann', { nat: 'symmetric' })
    await hub.start()
    await startAll(rob, sue)
    await gather(hub, rob, sue)
    const crowds: Crowd[] = []
    const sybils: Outlaw[] = []
    for (const name of CROWDS) {
      const crowd = await stage().internet.crowd(name)
      crowds.push(crowd)
      for (let i = 0; i < EACH; i += 15) {
        const group = Array.from({ length: 15 }, (_, j) => startSybil(crowd, i + j, hub))
        sybils.push(...(await Promise.all(group)))
      }
    }
    // A quarter of 128 from each, and they came fifteen at a time.
    await until('that the crowds have what they get', async () =>
      (await connectionsWith(hub, crowds, 'inbound')).every(count => count >= 25),
    )
    expect((await connectionsWith(hub, crowds, 'inbound')).every(count => count <= 32)).toBe(true)
    for (const honest of [rob, sue]) expect(await isConnected(hub, honest)).toBe(true)

    // A newcomer that hears of little else than the crowds finds the others all the same.
    await ann.start()
    let most = 0
    const hasFoundAll = async () => {
      most = Math.max(most, ...(await connectionsWith(ann, crowds, 'outbound')))
      return (await ann.status()).knownNodes > EACH && (await isConnected(ann, rob)) && (await isConnected(ann, sue))
    }
    // It tries three every ten seconds.
    await until('that ann has found the others', hasFoundAll, 60_000)
    expect(most).toBeLessThanOrEqual(MOST_CHOSEN)
    const nodes = [hub, rob, sue, ann]
    for (const author of nodes) {
      const post = await author.client.publish(draft.post(`is ${author.name} heard?`))
      await Promise.all(nodes.map(reader => gets(reader, post, `the post of ${author.name}`)))
    }
    await talk(sue, ann, [hub, rob])
  })
})
