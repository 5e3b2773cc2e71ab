/** kill -9 in the middle of 1,000 publishes: what was acknowledged is kept, and reaches the others. */
import { createHash } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { SEED } from '../support/seed.ts'
import { until } from '../support/until.ts'

const EVENTS = 1_000
const CONNECTIONS = 8
/** Every so many events one is a like instead of a post. */
const LIKE_EVERY = 5

let processes: Processes
/** What ann publishes: posts for everybody, and likes for cleo. */
let events: NostrEvent[]

beforeAll(() => {
  const ann = personFrom('ann')
  const liked = signNow(personFrom('cleo'), draft.post('like this two hundred times'))
  const drafts = Array.from({ length: EVENTS }, (_, i) =>
    i % LIKE_EVERY === 0 ? { ...draft.like(liked), content: `${i}` } : draft.post(`post ${i}`),
  )
  events = drafts.map(one => signNow(ann, one))
})

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(() => processes?.endAll())

/** After how many acknowledgements the axe falls: another number in each round, the same in every run. */
function killMoment(round: number): number {
  const random = createHash('sha256').update(`${SEED} kill ${round}`).digest().readUInt32BE()
  return 50 + (random % (EVENTS - 150))
}

/** Publishes over several connections at once until everything is acknowledged or the node is gone. */
async function publishAll(node: NodeProcess, events: readonly NostrEvent[], onAck: (acked: number) => void) {
  const acked: NostrEvent[] = []
  let next = 0
  let isGone = false
  async function connection(): Promise<void> {
    while (next < events.length && !isGone) {
      const event = events[next++]!
      try {
        const { status, body } = await node.client.tryPublish(event)
        if (status !== 200) throw new RangeError(`answered with ${status}: ${JSON.stringify(body)}`)
        acked.push(event)
        onAck(acked.length)
      } catch (error) {
        if (error instanceof RangeError) throw error
        isGone = true
      }
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  return acked
}

/** Those of these events that the node does not have. */
async function missing(node: NodeProcess, events: readonly NostrEvent[]): Promise<NostrEvent[]> {
  const held = new Set((await node.client.pull()).map(({ id }) => id))
  return events.filter(({ id }) => !held.has(id))
}

async function getsAll(node: NodeProcess, events: readonly NostrEvent[]): Promise<void> {
  let lacking = events.length
  const look = async () => {
    lacking = (await missing(node, events)).length
    return lacking === 0
  }
  await until(`that ${node.name} has ${events.length} events`, look).catch((error: Error) => {
    throw new Error(`${error.message}: ${lacking} lacking`)
  })
}

function isLike({ kind }: NostrEvent): boolean {
  return kind === 7
}

describe.for([1, 2, 3])('a node killed in the middle of 1,000 publishes, round %i', round => {
  it(`keeps all that it acknowledged, and the others get it (SEED=${SEED})`, async () => {
    const ann = await processes.started('ann')
    const ben = await processes.started('ben', { boot: [ann] })
    const cleo = await processes.started('cleo', { boot: [ben] })
    await until('that they know each other', async () => (await ann.client.status()).knownNodes === 2)
    const moment = killMoment(round)
    const acked = await publishAll(ann, events, count => {
      if (count === moment) ann.run().child.kill('SIGKILL')
    })
    expect((await ann.run().exit).signal).toBe('SIGKILL')
    expect(acked.length).toBeGreaterThanOrEqual(moment)
    expect(acked.length).toBeLessThan(EVENTS)

    await ann.start()
    expect(await missing(ann, acked)).toEqual([])
    await getsAll(
      ben,
      acked.filter(event => !isLike(event)),
    )
    await getsAll(cleo, acked)

    // The store is whole: the rest goes through as if nothing had been, and what was in doubt is no error.
    const rest = events.filter(event => !acked.includes(event))
    expect(await publishAll(ann, rest, () => {})).toHaveLength(rest.length)
    await getsAll(cleo, events)
    expect((await ben.client.pull()).filter(isLike)).toEqual([])
  }, 90_000)
})
