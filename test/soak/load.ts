/** What goes on around the node that is watched: its owner, other people's nodes, visitors that come and go, clients. */
import { setTimeout as pause } from 'node:timers/promises'
import { createCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { createNodeClient, type NodeClient, signNow } from '../support/node-client.ts'
import type { Processes } from '../support/processes.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import type { WatchedNode } from './watched-node.ts'

export interface Load {
  /** Events and connections so far, by what they are. */
  readonly counts: Readonly<Record<'own' | 'others' | 'deleted' | 'visitors' | 'clients' | 'pulls', number>>
  /** Does this when what is under way has ended, and nothing new begins: visitors have gone, or have not come yet. */
  atRest<T>(task: () => Promise<T>): Promise<T>
  stop(): Promise<void>
}

const NEIGHBOURS = ['nora', 'otto']
const OWN_EVERY_MS = 200
const OTHERS_EVERY_MS = 40
const CLIENT_EVERY_MS = 150
/** Until the last connection is closed at both ends, and the last event has come to all. */
const SETTLE_MS = 500
/** Of the owner's events every so many-th is a post, the others replace each other. */
const OWN_POSTS = 10
/** Posts deleted with one event: deletions stay for good, as does all that is the owner's, 70 bytes for each post. */
const DELETED_AT_ONCE = 50
/** Of the others' posts every so many-th is deleted; the rest is evicted. */
const DELETED_OF_OTHERS = 10

/** @param visitorEveryMs a visitor takes half a second of work, of which the watched node has a part */
export async function startLoad(node: WatchedNode, processes: Processes, visitorEveryMs: number): Promise<Load> {
  const counts = { own: 0, others: 0, deleted: 0, visitors: 0, clients: 0, pulls: 0 }
  const boot = ['-b', `127.0.0.1:${node.port}`]
  const neighbours = await Promise.all(NEIGHBOURS.map(name => processes.started(name, { flags: boot })))
  const over = new AbortController()
  const underWay = new Set<Promise<void>>()
  let rest: Promise<void> = Promise.resolve()

  /** Again and again until the end; what goes wrong ends the soak. */
  async function repeat(everyMs: number, task: (turn: number) => Promise<void>): Promise<void> {
    for (let turn = 0; !over.signal.aborted; turn++) {
      await rest
      const work = task(turn)
      underWay.add(work)
      const ended = () => void underWay.delete(work)
      work.then(ended, ended)
      await Promise.all([work, pause(everyMs)])
    }
  }

  /** The owner's events replace each other, or are deleted: nothing of it may add up. */
  const owner = createAuthor(node.client, count => {
    counts.deleted += count
  })
  const loops = [
    repeat(OWN_EVERY_MS, async turn => {
      if (turn % OWN_POSTS === 0) await owner(`mine ${turn}`)
      else await node.client.publish(draft.profile(`profile ${turn}`))
      counts.own++
    }),
    ...neighbours.map(({ client, name }) => {
      const author = createAuthor(client, () => {})
      return repeat(OTHERS_EVERY_MS, async turn => {
        const text = `${name} ${turn} ${'.'.repeat(turn % 200)}`
        if (turn % DELETED_OF_OTHERS === 0) await author(text)
        else await client.publish(draft.post(text))
        counts.others++
      })
    }),
    repeat(visitorEveryMs, async turn => {
      await visit(`visitor ${turn}`, node)
      counts.visitors++
    }),
    repeat(CLIENT_EVERY_MS, async turn => {
      await askOverWebSocket(node.port + 1, turn)
      counts.clients++
    }),
    repeat(CLIENT_EVERY_MS, async () => {
      await node.client.ask({ kinds: [40_000], limit: 100 })
      counts.pulls++
    }),
  ]
  const failed = Promise.all(loops)
  failed.catch(() => over.abort())
  return {
    counts,
    async atRest(task) {
      const goesOn = Promise.withResolvers<void>()
      rest = goesOn.promise
      try {
        await Promise.all(underWay)
        await pause(SETTLE_MS)
        return await task()
      } finally {
        goesOn.resolve()
      }
    },
    async stop() {
      over.abort()
      await failed
    },
  }
}

/** Posts, and deletes the oldest ones again, many at once. */
function createAuthor(client: NodeClient, onDeleted: (count: number) => void) {
  const posts: Awaited<ReturnType<NodeClient['publish']>>[] = []
  return async (text: string): Promise<void> => {
    posts.push(await client.publish(draft.post(text)))
    if (posts.length < 2 * DELETED_AT_ONCE) return
    await client.publish(draft.deletion(posts.splice(0, DELETED_AT_ONCE)))
    onDeleted(DELETED_AT_ONCE)
  }
}

/** Somebody whom nobody has seen before, with a node of their own, comes, says something, likes something, and goes. */
async function visit(name: string, host: WatchedNode): Promise<void> {
  const cleanUp = createCleanUp()
  const bootstraps = [`/ip4/127.0.0.1/tcp/${host.port}`]
  const { owner, node } = await startTestNode(cleanUp, { owner: name, bootstraps })
  const client = createNodeClient(owner, node.clientOrigin)
  const { id } = await client.publish(draft.post('passing by'))
  await until('a post of a visitor at the watched node', async () => (await host.client.ask({ ids: [id] })).length > 0)
  await client.publish(draft.like(signNow(host.client.keys, draft.post('whatever'))))
  await cleanUp.run()
}

/** A Nostr client comes, asks, gets its answer, and goes. */
async function askOverWebSocket(port: number, turn: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify(['REQ', `s${turn}`, { kinds: [1], limit: 20 }]))
    socket.onmessage = ({ data }) => {
      if (String(data).startsWith('["EOSE"')) resolve()
    }
    socket.onerror = () => reject(new Error('the relay endpoint ended a connection'))
  })
  socket.close()
  await new Promise(resolve => {
    socket.onclose = resolve
  })
}
