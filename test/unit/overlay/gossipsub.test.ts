import { generateKeyPair } from '@libp2p/crypto/keys'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import { expect, it } from 'vitest'
import { DEFAULTS } from '../../../src/config.ts'
import { remembered } from '../../../src/overlay/gossipsub.ts'
import { createHost } from '../../../src/overlay/libp2p.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { hostParts } from '../../support/host-parts.ts'
import { EVENTS_TOPIC, startRawPeer } from '../../support/raw-peer.ts'
import { until } from '../../support/until.ts'

const MAX_SEEN = 10
const MAX_SCORES = DEFAULTS.tuning.remembered.peers
const cleanUp = useCleanUp()

async function startHost(maxSeen: number) {
  const privateKey = await generateKeyPair('Ed25519')
  const tuning = { ...DEFAULTS.tuning, maxSeen }
  const listen = ['/ip4/127.0.0.1/tcp/0']
  const host = await createHost({ ...tuning, privateKey, listen, agent: 'test/1' }, hostParts())
  cleanUp.add(() => host.stop())
  await host.start()
  return host
}

it('O5.7: of the messages of ten minutes it remembers so many, the latest', async () => {
  const host = await startHost(MAX_SEEN)
  const judged: number[] = []
  host.services.gossip.topicValidators.set(EVENTS_TOPIC, (_, { data }) => {
    judged.push(data[0]!)
    return TopicValidatorResult.Ignore
  })
  host.services.gossip.subscribe(EVENTS_TOPIC)

  /** Somebody new, who sends one message after the other. */
  async function hears(messages: readonly number[], judgedBy: number): Promise<void> {
    const raw = await startRawPeer(cleanUp)
    await raw.meet(await raw.connect(host.getMultiaddrs()[0]!.toString()))
    for (const message of messages) await raw.gossip(EVENTS_TOPIC, Uint8Array.of(message))
    await until('the messages', () => judged.length >= judgedBy)
  }

  const thirty = Array.from({ length: 30 }, (_, n) => n)
  await hears(thirty, 30)
  expect(judged).toEqual(thirty)
  // The last ten are known; 15 is not any more, nor is the new one.
  await hears([...thirty.slice(-MAX_SEEN), 15, 99], 32)
  expect(judged.slice(30)).toEqual([15, 99])
  // Who brought them the library keeps to itself.
  const { score } = host.services.gossip as unknown as { score: { deliveryRecords: Record<'records', Map<string, 0>> } }
  expect(score.deliveryRecords.records.size).toBe(MAX_SEEN)
  expect(remembered(host.services.gossip).messages).toBe(MAX_SEEN)
})

/** Members of the library's class that its interface does not name. */
interface Scores {
  readonly peerStats: Map<string, unknown>
  readonly peerIPs: Map<string, unknown>
  readonly scoreCache: Map<string, unknown>
  addPeer(id: string): void
  addIP(id: string, ip: string): void
  removePeer(id: string): void
  score(id: string): number
}

it('O5.8: of the peers that came and left it remembers so many scores, and none of those it would not need again', async () => {
  const { score } = (await startHost(MAX_SEEN)).services.gossip as unknown as { score: Scores }
  const comes = (id: string) => {
    score.addPeer(id)
    score.addIP(id, `address of ${id}`)
    score.score(id)
  }
  comes('stays')
  for (let n = 0; n < MAX_SCORES + 100; n++) {
    comes(`visitor ${n}`)
    score.removePeer(`visitor ${n}`)
  }
  expect([...score.peerStats.keys()].slice(0, 2)).toEqual(['stays', 'visitor 101'])
  for (const table of [score.peerStats, score.peerIPs, score.scoreCache]) expect(table.size).toBe(MAX_SCORES)
  score.addPeer('visitor 101')
  expect([...score.peerStats.keys()].at(-1)).toBe('visitor 101')
  expect(score.peerIPs.has('address of visitor 101')).toBe(false)
})
