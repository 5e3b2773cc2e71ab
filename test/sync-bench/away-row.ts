/** A node that was away while 50,000 posts were written: when its client sees the newest, and when it has them all. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { sharedClockMs } from '../bench/mesh-messages.ts'
import { nowSeconds } from '../bench/posts.ts'
import type { Workspace } from '../bench/workspace.ts'
import { createRestClient, type RestClient } from '../support/rest-client.ts'
import { atMost, type Figure, type Row } from './row.ts'
import type { FromWholeNode, WholeNodeOrder } from './whole-node.ts'

const POSTS = 50_000
const QUICK_POSTS = 5_000
/** Between two looks of the client. */
const LOOK_MS = 50
const PATIENCE_MS = 120_000

export const away: Row = {
  name: 'away',
  async measure({ workspace, quick, progress }) {
    const count = quick ? QUICK_POSTS : POSTS
    progress(`signing ${count.toLocaleString('en')} posts`)
    const posts = { count, untilSeconds: nowSeconds() }
    const there = await startWhole(workspace, {
      owner: 'there',
      dataDir: workspace.folder('there'),
      bootstrap: '',
      posts,
    })
    progress('the node comes back')
    const startedMs = sharedClockMs()
    const back = await startWhole(workspace, {
      owner: 'back',
      dataDir: workspace.folder('back'),
      bootstrap: there.ready.address,
      posts: undefined,
    })
    const seenMs = await pulls(back.client, there.ready.newest)
    await until(async () => (await back.client.status()).store.events >= count)
    const completeMs = sharedClockMs()
    const connectedMs = await back.connectedMs
    progress(`connected ${(connectedMs - startedMs).toFixed(0)} ms after the start of the process`)
    const what = `away for ${count.toLocaleString('en')} posts, from the first connection:`
    const seconds = (atMs: number) => (atMs - connectedMs) / 1000
    return [
      { what: `${what} a pull brings the newest`, value: seconds(seenMs), unit: 's', goal: atMost(1) },
      { what: `${what} complete`, value: seconds(completeMs), unit: 's', goal: atMost(30) },
    ] satisfies Figure[]
  },
}

interface WholeNode {
  readonly ready: Extract<FromWholeNode, { what: 'ready' }>
  readonly client: RestClient
  readonly connectedMs: Promise<number>
}

async function startWhole(workspace: Workspace, order: WholeNodeOrder): Promise<WholeNode> {
  const child = workspace.fork(new URL('./whole-node.ts', import.meta.url))
  const ready = Promise.withResolvers<WholeNode['ready']>()
  const connected = Promise.withResolvers<number>()
  child.on('message', (message: FromWholeNode) => {
    if (message.what === 'ready') ready.resolve(message)
    else if (message.what === 'connected') connected.resolve(message.atMs)
    else ready.reject(new Error(message.reason))
  })
  void once(child, 'exit').then(() => ready.reject(new Error('a node ended')))
  child.send(order)
  const told = await ready.promise
  return { ready: told, client: createRestClient(told.clientOrigin), connectedMs: connected.promise }
}

/** As a client does, by cursor and page by page, until this event has come; returns when that was. */
async function pulls(client: RestClient, id: string): Promise<number> {
  let cursor: string | null = null
  let seenMs: number | undefined
  await until(async () => {
    const page = await client.pull({ cursor, limit: 1_000 })
    cursor = page.cursor ?? null
    if (page.events.some(event => event.id === id)) seenMs = sharedClockMs()
    return seenMs !== undefined
  })
  return seenMs!
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error('it did not come')
    await sleep(LOOK_MS)
  }
}
