/** Nodes that missed something: after a start, an absence, and lost gossip; and what their clients see of it. */
import { afterEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { nowSeconds, systemClock } from '../../src/observe/clock.ts'
import type { RoundReport, SyncStatus } from '../../src/wire/sync-status.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { strangerKey } from '../support/events.ts'
import { connectRelay } from '../support/relay-client.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

const minutesAgo = (minutes: number) => nowSeconds(systemClock) - minutes * 60

/** The bootstrap of the others, which must be connected to somebody to know anything. */
const start = (owner: string, options: Partial<Parameters<typeof startTestNode>[1]> = {}) =>
  startTestNode(cleanUp, { owner, ...options })

async function syncStatus(node: TestNode): Promise<SyncStatus> {
  return (await node.client.status()).sync
}

/** Two that are connected: what one of them posts was gossiped, and nobody gossips it again. */
async function startPair(): Promise<{ readonly ann: TestNode; readonly bea: TestNode }> {
  const ann = await start('ann', { tuning: { repairMs: 0 } })
  const bea = await start('bea', { bootstraps: [ann.address], tuning: { repairMs: 0 } })
  await bea.holds((await ann.post({ content: 'are you there?' })).id)
  return { ann, bea }
}

/** The last round that the node has done of this kind. */
function roundOf(node: TestNode, kind: RoundReport['kind'], after = 0): Promise<RoundReport> {
  return until(`a round of kind ${kind}`, async () =>
    (await syncStatus(node)).rounds.find(round => round.kind === kind && round.number > after),
  )
}

describe('a node that comes late', () => {
  it('has what was posted before; its client gets it marked as late, the relay streams it', async () => {
    const { ann } = await startPair()
    const old = await ann.post({ content: 'long ago', created_at: minutesAgo(90) })
    const young = await ann.post({ content: 'a moment ago' })
    const profile = await ann.post({ ...draft.profile('ann'), created_at: minutesAgo(60 * 24 * 2) })
    const gone = await ann.post({ content: 'never mind', created_at: minutesAgo(5) })
    const deletion = await ann.post(draft.deletion([gone]))
    const whisper = await ann.post({
      ...draft.reply(old, [strangerKey('carl')], 'between us'),
      created_at: minutesAgo(3),
    })
    const bob = await start('bob')
    const relay = await connectRelay(cleanUp, bob.node.clientOrigin)
    expect(await relay.subscribe('all', { limit: 0 })).toEqual([])
    const before = await bob.client.pull({ cursor: null })
    const again = await bob.restart({ bootstraps: [ann.address] })
    const live = await connectRelay(cleanUp, again.node.clientOrigin)
    await live.subscribe('all', {})
    const caughtUp = await again.waitFor('caught-up')
    expect(caughtUp).toMatchObject({ neighbours: 1 })
    await again.holds(old.id)
    await again.holds(young.id)
    const page = await again.client.pull({ cursor: before.cursor! })
    expect(page.events.map(({ id }) => id)).toContain(deletion.id)
    expect(page.events.map(({ id }) => id)).not.toContain(gone.id)
    expect(page.events.map(({ id }) => id)).not.toContain(whisper.id)
    const late = (page.late ?? []).map(({ id }) => id)
    expect(late.toSorted()).toEqual([old.id, profile.id].toSorted())
    await live.gets('the old post', ([type, id, event]) => type === 'EVENT' && id === 'all' && sameId(event, old.id))
    expect(new Set(live.idsOf('all'))).toEqual(new Set(page.events.map(({ id }) => id)))
  })

  it('gives what it has itself, of which others know nothing', async () => {
    const { ann: bob, bea } = await startPair()
    const heard = await bob.post({ content: 'bea is the only one who hears this' })
    await bea.holds(heard.id)
    await bea.node.stop()
    const ann = await start('ann', { tuning: { repairMs: 0 }, losesGossip: () => true })
    const again = await bob.restart({ bootstraps: [ann.address], tuning: {} })
    await ann.holds(heard.id)
    await until('that it is counted', async () => (await syncStatus(again)).sent > 0)
    expect(ann.activities.some(({ what }) => what === 'received')).toBe(false)
  })

  it('is complete when two neighbours have said the same, and remembers it over a restart', async () => {
    const ann = await start('ann')
    const bea = await start('bea', { bootstraps: [ann.address] })
    let bob = await start('bob', { bootstraps: [ann.address, bea.address] })
    const { completeUntil } = await until('that it is complete', async () => {
      const status = await syncStatus(bob)
      return status.completeUntil !== null && status
    })
    expect(Math.abs(Date.parse(completeUntil!) - Date.now())).toBeLessThan(20_000)
    const page = await (await bob.client.send('/plain')).text()
    expect(page).toContain(`has what its neighbours have up to ${completeUntil!.slice(0, 13).replace('T', ' ')}`)
    expect(await (await bob.client.send('/metrics')).text()).toMatch(/nostrp2p_sync_complete_until_seconds \d{10}/)
    bob = await bob.restart({ bootstraps: [] })
    expect((await syncStatus(bob)).completeUntil).not.toBeNull()
  })
})

describe('posts that gossip lost', () => {
  it('come with a repair, also to a node that gets nothing by gossip at all', async () => {
    const ann = await start('ann', { tuning: { repairMs: 0 } })
    const deaf = await start('deaf', {
      bootstraps: [ann.address],
      losesGossip: () => true,
      tuning: { repairMs: 500 },
    })
    await roundOf(deaf, 'behind')
    // Older than what gossip may be carrying just now.
    const post = await ann.post({ content: 'can you hear me?', created_at: nowSeconds(systemClock) - 15 })
    await deaf.holds(post.id)
    expect(deaf.activities.some(({ what }) => what === 'received')).toBe(false)
    const status = await syncStatus(deaf)
    expect(status.learned).toBe(1)
    expect(status.rounds.find(({ learned }) => learned === 1)?.kind).toBe('repair')
  })

  it('spread from node to node, where each knows but the next', async () => {
    const ann = await start('ann', { tuning: { repairMs: 0 } })
    const line: TestNode[] = []
    for (const name of ['one', 'two', 'three']) {
      const bootstraps = [(line.at(-1) ?? ann).address]
      // A line: nobody connects to anybody else by itself.
      const tuning = { repairMs: 3_000, wantedPeers: 0 }
      const node = await start(name, { bootstraps, losesGossip: () => true, tuning })
      await roundOf(node, 'behind')
      line.push(node)
    }
    const post = await ann.post({ content: 'pass it on', created_at: nowSeconds(systemClock) - 15 })
    await line[0]!.client.send('/sync', { method: 'POST', headers: JSON_HEADERS, body: '{}' })
    await line.at(-1)!.holds(post.id)
  })
})

const JSON_HEADERS = { 'Content-Type': 'application/json' }

describe('nostrp2p sync', () => {
  async function sync(node: TestNode | undefined, ...args: readonly string[]) {
    const url = node?.node.clientOrigin ?? 'http://127.0.0.1:3'
    const surroundings = testSurroundings({ args: ['sync', '--url', url, ...args] })
    const code = await run(surroundings)
    return { code, ...surroundings.printed }
  }

  it('fetches what is missing and says so; then that nothing is', async () => {
    const { ann, bea } = await startPair()
    for (let i = 0; i < 6; i++) await ann.post({ content: `post ${i}`, created_at: minutesAgo(i * 60) })
    const theirs = await bea.post({ content: 'of bea' })
    await ann.holds(theirs.id)
    const bob = await start('bob', { bootstraps: [ann.address, bea.address], tuning: { repairMs: 0 } })
    await until('both neighbours', async () => (await bob.client.status()).peers.length === 2)
    const first = await sync(bob)
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toMatch(
      /^Caught up: 8 events from 2 neighbours in \d+\.\d s\.( \d events? went to them\.)? Complete up to \d\d:\d\d:\d\d\.\n$/,
    )
    await bob.holds(theirs.id)
    const second = await sync(bob, '--json')
    expect(JSON.parse(second.out)).toMatchObject({
      kind: 'asked',
      complete: true,
      learned: 0,
      neighbours: 2,
      reason: '',
    })
    expect((await sync(bob)).out).toMatch(/^Nothing was missing: compared with 2 neighbours in /)
  })

  it('says with one neighbour that there was only one', async () => {
    const ann = await start('ann')
    const bob = await start('bob', { bootstraps: [ann.address] })
    await bob.waitFor('peer-connected')
    const { code, out } = await sync(bob)
    expect([code, out]).toEqual([0, expect.stringContaining('Only one neighbour could be asked')])
  })

  it('says why it could not: no neighbour, no node, no access', async () => {
    const lonely = await start('ann')
    const alone = await sync(lonely)
    expect(alone).toMatchObject({ code: 1, out: '' })
    expect(alone.err).toBe('Not complete: No other node is connected. The node tries again by itself.\n')
    expect(await sync(lonely, '--json')).toMatchObject({ code: 1, err: '' })
    expect((await sync(undefined)).err).toMatch(/^No node answers at http:\/\/127\.0\.0\.1:3\. Start it, or give/)
    const [stranger, form] = await Promise.all([
      lonely.client.send('/sync', { method: 'POST', headers: { ...JSON_HEADERS, via: '1.1 proxy' }, body: '{}' }),
      lonely.client.send('/sync', { method: 'POST', body: 'x=1' }),
    ])
    expect([stranger.status, form.status]).toEqual([401, 415])
  })

  it('is told that the command line is wrong', async () => {
    expect((await sync(undefined, '--url', 'nonsense')).code).toBe(2)
    expect((await sync(undefined, '--days', '3')).code).toBe(2)
  })
})

function sameId(event: unknown, id: string): boolean {
  return typeof event === 'object' && event !== null && 'id' in event && event.id === id
}
