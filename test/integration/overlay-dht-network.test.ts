import { describe, expect, it } from 'vitest'
import { isRejection } from '../../src/event/rejection.ts'
import { openAnnouncement } from '../../src/overlay/announce.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { type DhtMember, startDhtMember } from '../support/dht-member.ts'
import { personFrom } from '../support/events.ts'
import { until } from '../support/until.ts'

/** A network of hundreds takes a minute of CPU: `DHT_MEMBERS=102 npm test -- overlay-dht-network`. */
const MEMBERS = Number(process.env.DHT_MEMBERS ?? 30)
/** Connections that each newcomer makes to members before it, at random. */
const DIALS = 2
const QUESTIONS = 20
/** Of the ten nodes nearest to a key some may not be known yet to whoever puts it. */
const HOLDERS = 4

const cleanUp = useCleanUp()

/** Small and fast, and the same each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

describe(`the DHT of a network of ${MEMBERS} (O14)`, () => {
  it('O14.4: a node that never met an owner finds their node', { timeout: MEMBERS * 3_000 }, async () => {
    const random = randomFrom(7)
    const members: DhtMember[] = []
    const owners = Array.from({ length: MEMBERS }, (_, i) => personFrom(`owner ${i}`))
    for (const owner of owners) {
      const member = await startDhtMember(cleanUp, owner)
      for (let d = 0; d < Math.min(DIALS, members.length); d++) {
        await member.dial(members[Math.floor(random() * members.length)]!.address)
      }
      members.push(member)
    }
    const holders = (owner: string) => members.filter(({ dht }) => dht.keeps(owner)).length
    for (const { pubkey } of owners) {
      await until('every record to be with some', () => holders(pubkey) >= HOLDERS, 60_000)
    }
    const times: number[] = []
    for (let i = 0; i < QUESTIONS; i++) {
      const from = members[Math.floor(random() * MEMBERS)]!
      const to = Math.floor(random() * MEMBERS)
      const startMs = performance.now()
      await from.dht.find(owners[to]!.pubkey)
      times.push(performance.now() - startMs)
      const found = await Promise.all(from.heard.map(({ announcement }) => openAnnouncement(announcement, undefined)))
      expect(found.some(node => !isRejection(node) && node.owner === owners[to]!.pubkey)).toBe(true)
    }
    times.sort((a, b) => a - b)
    console.info(
      `found ${QUESTIONS} of ${MEMBERS}: median ${times[QUESTIONS / 2]!.toFixed()} ms, last ${times.at(-1)!.toFixed()} ms`,
    )
  })
})
