/** What goes on around the node that is watched: its owner, other people's nodes, visitors that come and go, clients. */
import { setTimeout as pause } from 'node:timers/promises'
import { draft } from '../support/drafts.ts'
import { type NodeClient, signNow } from '../support/node-client.ts'
import type { NodeProcess, Processes } from '../support/processes.ts'
import type { WatchedNode } from './watched-node.ts'

export interface Load {
  /** Events and connections so far, by what they are. */
  readonly counts: Readonly<Record<'own' | 'others' | 'deleted' | 'visitors' | 'clients' | 'pulls', number>>
  stop(): Promise<void>
}

const NEIGHBOURS = ['nora', 'otto']
const OWN_EVERY_MS = 200
const OTHERS_EVERY_MS = 40
const VISITOR_EVERY_MS = 4_000
const CLIENT_EVERY_MS = 150
/** Posts deleted with one event: deletions stay for good, as does all that is the owner's. */
const DELETED_AT_ONCE = 50
/** Of the others' posts every so many-th is deleted; the rest is evicted. */
const DELETED_OF_OTHERS = 10

export async function startLoad(node: WatchedNode, processes: Processes): Promise<Load> {
  const counts = { own: 0, others: 0, deleted: 0, visitors: 0, clients: 0, pulls: 0 }
  const boot = ['-b', `127.0.0.1:${node.port}`]
  const neighbours = await Promise.all(NEIGHBOURS.map(name => processes.started(name, { flags: boot })))
  const over = new AbortController()

  /** Again and again until the end; what goes wrong ends the soak. */
  async function repeat(everyMs: number, task: (turn: number) => Promise<void>): Promise<void> {
    for (let turn = 0; !over.signal.aborted; turn++) {
      await Promise.all([task(turn), pause(everyMs)])
    }
  }

  /** The owner's events replace each other, or are deleted: nothing of it may add up. */
  const owner = createAuthor(node.client, count => {
    counts.deleted += count
  })
  const loops = [
    repeat(OWN_EVERY_MS, async turn => {
      if (turn % 2 === 0) await node.client.publish(draft.profile(`profile ${turn}`))
      else await owner(`mine ${turn}`)
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
    repeat(VISITOR_EVERY_MS, async turn => {
      // A node that nobody has seen before: with a key and an owner of its own.
      await visit(await processes.started(`visitor ${turn}`, { flags: boot }), node)
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

/** Comes, says something, likes something, and goes. */
async function visit(guest: NodeProcess, host: WatchedNode): Promise<void> {
  const post = await guest.client.publish(draft.post('passing by'))
  await host.client.gets(post)
  await guest.client.publish(draft.like(signNow(host.client.keys, draft.post('whatever'))))
  await guest.end('SIGTERM')
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
