/** kill -9 while clients write over WebSockets: every event that got OK true is there afterwards. */
import { createHash } from 'node:crypto'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { connectRelay, type RelayClient } from '../support/relay-client.ts'
import { SEED } from '../support/seed.ts'

const EVENTS = 3_000
const CONNECTIONS = 4
/** Under way at once on each of them. */
const WINDOW = 64

let processes: Processes
let events: NostrEvent[]
const cleanUp = createCleanUp()

beforeAll(() => {
  const ann = personFrom('ann')
  events = Array.from({ length: EVENTS }, (_, i) => signNow(ann, draft.post(`post ${i}`)))
})

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(async () => {
  await cleanUp.run()
  await processes?.endAll()
})

/** After how many acknowledgements the axe falls: another number in each round, the same in every run with this seed. */
function killMoment(round: number): number {
  const random = createHash('sha256').update(`${SEED} relay kill ${round}`).digest().readUInt32BE()
  return 100 + (random % (EVENTS / 2))
}

/** Writes until all is acknowledged or the node is gone. @returns the ids that were acknowledged */
async function writeAll(node: NodeProcess, onAck: (acked: number) => void): Promise<Set<string>> {
  const acked = new Set<string>()
  let next = 0
  async function connection(client: RelayClient): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    let open = 0
    const send = () => {
      const event = events[next]
      if (event === undefined) return
      next += 1
      open += 1
      client.send('EVENT', event)
    }
    client.socket.on('message', data => {
      const [type, id, ok, text] = JSON.parse(String(data)) as [string, string, boolean, string]
      if (type !== 'OK') return
      if (!ok) throw new Error(`refused: ${text}`)
      acked.add(id)
      onAck(acked.size)
      open -= 1
      send()
      if (open === 0) resolve()
    })
    void client.closed.then(() => resolve())
    for (let i = 0; i < WINDOW; i++) send()
    await promise
  }
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectRelay(cleanUp, node.origin)))
  await Promise.all(clients.map(connection))
  return acked
}

describe.for([1, 2, 3])('a node killed while clients write to its relay, round %i', round => {
  it(`has all that got OK true (SEED=${SEED})`, async () => {
    const ann = await processes.started('ann')
    const moment = killMoment(round)
    const acked = await writeAll(ann, count => {
      if (count === moment) ann.run().child.kill('SIGKILL')
    })
    expect((await ann.run().exit).signal).toBe('SIGKILL')
    expect(acked.size).toBeGreaterThanOrEqual(moment)
    expect(acked.size).toBeLessThan(EVENTS)

    await ann.start()
    const client = await connectRelay(cleanUp, ann.origin)
    const found = await client.subscribe('all', { ids: [...acked], limit: 5_000 })
    expect(new Set(found.map(({ id }) => id))).toEqual(acked)
    // The store is whole: the rest goes in as if nothing had been.
    expect((await writeAll(ann, () => {})).size).toBe(EVENTS)
    expect(await client.count({ kinds: [1] })).toBe(EVENTS)
  }, 90_000)
})
