/** Three nodes as processes; one is killed, life goes on, it comes back: its owner has missed nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draft } from '../support/drafts.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { createRestClient } from '../support/rest-client.ts'
import { until } from '../support/until.ts'

let processes: Processes
let ann: NodeProcess
let bea: NodeProcess
let cleo: NodeProcess

beforeAll(async () => {
  processes = await createProcesses()
  ann = await processes.started('ann')
  bea = await processes.started('bea', { boot: [ann] })
  cleo = await processes.started('cleo', { boot: [ann, bea] })
})
afterAll(() => processes?.endAll())

async function reaches(event: { readonly id: string }, ...nodes: readonly NodeProcess[]): Promise<void> {
  for (const { client } of nodes) await client.gets(event)
}

/** Gone for whoever asks, by id and by pull from the beginning. */
async function expectGone(event: { readonly id: string }, { client, origin }: NodeProcess): Promise<void> {
  expect(await client.ask({ ids: [event.id] })).toEqual([])
  const { events } = await createRestClient(origin).pull({ cursor: null, limit: 1_000 })
  expect(events.map(({ id }) => id)).not.toContain(event.id)
}

describe('a node that was killed for a while', () => {
  it('has on its return what was posted, changed, deleted, reposted and written to its owner meanwhile', async () => {
    // Cleo follows Bea, and not Ann.
    await cleo.client.publish(draft.follows([bea.client.keys.pubkey]))
    const [byAnn, byBea] = [await ann.client.publish(draft.post('hello')), await bea.client.publish(draft.post('hi'))]
    const profile = await bea.client.publish(draft.profile('Bea'))
    const regretted = await bea.client.publish(draft.post('I should not have said that'))
    for (const event of [byAnn, byBea, profile, regretted]) await reaches(event, ann, bea, cleo)

    await cleo.end('SIGKILL')
    const missed = [
      await bea.client.publish(draft.post('Cleo does not hear this')),
      await ann.client.publish(draft.post('nor this')),
      await bea.client.publish(draft.repost(byAnn)),
      await ann.client.publish(draft.quote(byBea, 'well said')),
    ]
    const renamed = await bea.client.publish({ ...draft.profile('Beatrice'), created_at: profile.created_at + 1 })
    const deletion = await bea.client.publish(draft.deletion([regretted]))
    const shortLived = await ann.client.publish(draft.post('and gone before anybody is back'))
    await reaches(shortLived, bea)
    const second = await ann.client.publish(draft.deletion([shortLived]))
    const letter = await ann.client.publish(draft.reply(byAnn, [cleo.client.keys.pubkey], 'where are you?'))
    for (const event of [...missed, renamed, deletion, second]) await reaches(event, ann, bea)

    await cleo.start()
    await cleo.run().says(/caught up: \d+ events from [12] neighbours?/)
    // The client goes on with its cursor; it throws when something comes twice.
    for (const event of [...missed, renamed, deletion, second, letter]) await reaches(event, cleo)
    const pulled = await cleo.client.pull()
    expect(pulled.some(({ id }) => id === shortLived.id)).toBe(false)
    expect(await cleo.client.ask({ kinds: [0], authors: [bea.client.keys.pubkey] })).toEqual([renamed])
    for (const event of [regretted, shortLived]) await expectGone(event, cleo)
    const { sync } = await until('that two neighbours have confirmed it', async () => {
      const status = await cleo.client.status()
      return status.sync.completeUntil !== null && status
    })
    expect(sync.rounds.some(({ kind, complete }) => kind === 'behind' && complete)).toBe(true)
  })

  it('nothing that was deleted comes back, and nothing comes twice, when the owner has it compare again', async () => {
    const before = (await cleo.client.pull()).length
    const { code, signal } = await cleo.end('SIGKILL')
    expect([code, signal]).toEqual([null, 'SIGKILL'])
    await cleo.start()
    await until('a neighbour', async () => (await cleo.client.status()).peers.length >= 2)
    const run = processes.command(['sync', '--url', cleo.origin])
    expect([(await run.exit).code, run.stderr()]).toEqual([0, ''])
    expect(run.stdout()).toMatch(/^Nothing was missing: compared with 2 neighbours in \d+\.\d s\. Complete up to /)
    expect((await cleo.client.pull()).length).toBe(before)
    for (const node of [ann, bea, cleo]) {
      const regretted = (await node.client.pull()).find(({ content }) => content.startsWith('I should not'))
      if (regretted !== undefined) await expectGone(regretted, node)
    }
  })

  it('also what it has itself gets around, when it posts before anybody is connected', async () => {
    await cleo.end('SIGKILL')
    await ann.end('SIGKILL')
    await cleo.start()
    const post = await cleo.client.publish(draft.post('back again'))
    await reaches(post, bea)
    await ann.start()
    await reaches(post, ann)
  })
})
