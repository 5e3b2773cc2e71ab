/** Two nodes of one owner as processes, bound with `nostrp2p bind`; one is killed while it copies, and while it is written to. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { npubOf, nsecOf } from '../../src/event/keys.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { createNodeClient, type NodeClient, signNow } from '../support/node-client.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { until } from '../support/until.ts'

const EVENTS = 400
const sam = personFrom('sam')
let processes: Processes

interface OwnNode {
  readonly node: NodeProcess
  readonly client: NodeClient
}

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(() => processes?.endAll())

async function samsNode(name: string, boot: readonly NodeProcess[]): Promise<OwnNode> {
  const node = await processes.started(name, { boot, owner: ['-p', npubOf(sam.pubkey)] })
  return { node, client: createNodeClient(sam, node.origin) }
}

/** As a person does it: the key is piped into a process of its own. */
async function bind({ node }: OwnNode, ...flags: readonly string[]): Promise<string> {
  const run = processes.command(['bind', '--url', node.origin, ...flags], { stdin: `${nsecOf(sam.secretKey)}\n` })
  const { code } = await run.exit
  expect([code, run.stderr()]).toEqual([0, ''])
  expect(run.stdout()).not.toContain('nsec')
  return run.stdout()
}

/** Everything that the owner's client gets at a node. */
async function held({ client }: OwnNode): Promise<Set<string>> {
  return new Set((await client.pull()).map(({ id }) => id))
}

async function deliveryAt({ client }: OwnNode, event: NostrEvent) {
  return (await client.status()).outbox.deliveries.find(delivery => delivery.event === event.id)
}
const stateAt = async (own: OwnNode, event: NostrEvent) => (await deliveryAt(own, event))?.state
const ackedBy = async (own: OwnNode, event: NostrEvent) => (await deliveryAt(own, event))?.ackedBy

describe('two bound nodes of one owner', () => {
  it('bind says what it did; the node says it too, and asks when there is none', async () => {
    const home = await samsNode('home', [])
    expect(home.node.run().stdout()).toMatch(/unproven: .*"nostrp2p bind"/)
    expect(await bind(home)).toMatch(/^Bound: 12D3\w+ is the node of npub1\w+ until \d{4}-\d\d-\d\d\. /)
    await home.node.run().says(/binding signed: this node is yours until \d{4}-\d\d-\d\d/)
    await bind(home, '--days', '20')
    await home.node.run().says(/your binding of this node ends on \d{4}-\d\d-\d\d: run "nostrp2p bind"/)
    expect(await bind(home, '--withdraw')).toMatch(/^Withdrawn: /)
    await home.node.run().says(/you have withdrawn this node/)
  })

  it('are complete again after kill -9 of one while it copies, and of the other while it takes posts', async () => {
    const ann = await processes.started('ann')
    const home = await samsNode('home', [ann])
    const server = await samsNode('server', [ann])
    await bind(home)
    await bind(server)
    const events: NostrEvent[] = Array.from({ length: EVENTS }, (_, i) =>
      i % 4 === 0
        ? signNow(sam, { kind: 30_078, tags: [['d', `note ${i}`]], content: `${i}` })
        : signNow(sam, draft.post(`post ${i}`)),
    )
    const acked: NostrEvent[] = []
    for (const [i, event] of events.entries()) {
      if (i === 100) await server.node.end('SIGKILL')
      if (i === 300) {
        await server.node.start()
        await until('that it copies', async () => (await held(server)).size > 50)
        await server.node.end('SIGKILL')
        void server.node.start()
      }
      const { status } = await home.client.tryPublish(event)
      if (status === 200) acked.push(event)
    }
    await home.node.end('SIGKILL')
    await home.node.start()
    await server.node.run().says(/^ {2}network /m)
    const here = await server.client.publish({ kind: 30_078, tags: [['d', 'from the server']], content: 'x' })
    const all = [...acked, here].map(({ id }) => id)
    for (const own of [home, server]) {
      await until(`that ${own.node.name} has them all`, async () => {
        const ids = await held(own)
        return all.every(id => ids.has(id))
      })
    }
    expect(acked).toHaveLength(EVENTS)
  }, 90_000)

  it('O20.6: what one of them could not deliver before it died the other one delivers; both show it, and it comes once', async () => {
    const hub = await processes.started('carol')
    const ann = await processes.started('ann', { boot: [hub] })
    const home = await samsNode('home', [hub])
    const server = await samsNode('server', [hub])
    await bind(home)
    await bind(server)
    const post = await ann.client.publish(draft.post('answer me'))
    for (const { client } of [home, server]) await client.gets(post)
    await ann.end('SIGKILL')

    const reply = await home.client.publish(draft.reply(post, [ann.client.keys.pubkey], 'when you are back'))
    await server.client.gets(reply)
    for (const own of [home, server]) expect(await stateAt(own, reply)).toBe('waiting')
    await home.node.end('SIGKILL')
    await ann.start()
    await ann.client.gets(reply)
    await until('that the server shows it', async () => (await stateAt(server, reply)) === 'delivered')

    // The first one comes back when nobody is there to tell it but the second.
    await ann.end('SIGKILL')
    await home.node.start()
    await until('that home shows it', async () => (await stateAt(home, reply)) === 'delivered')
    expect(await ackedBy(home, reply)).toEqual(await ackedBy(server, reply))
    await ann.start()
    const next = await server.client.publish(draft.reply(post, [ann.client.keys.pubkey], 'and this one'))
    await ann.client.gets(next)
    expect((await ann.client.pull()).filter(({ id }) => id === reply.id)).toHaveLength(1)
    for (const own of [home, server]) {
      await until(`that ${own.node.name} shows both`, async () => {
        const { waiting, delivered, expired } = (await own.client.status()).outbox
        return waiting === 0 && delivered === 2 && expired === 0
      })
    }
  }, 90_000)
})
