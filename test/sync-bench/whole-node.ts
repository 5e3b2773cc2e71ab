/** A whole node in a process of its own, as a person runs it; its store may be filled before it starts. */
import { DEFAULTS } from '../../src/config.ts'
import { startNode } from '../../src/node.ts'
import { messageOf, silent } from '../../src/observe/log.ts'
import { openDataDirectory } from '../../src/store/data-directory.ts'
import { openDiskStore } from '../../src/store/open.ts'
import { sharedClockMs } from '../bench/mesh-messages.ts'
import { signed, textOf, writer } from '../bench/posts.ts'

export interface WholeNodeOrder {
  readonly owner: string
  readonly dataDir: string
  /** Multiaddr; empty for none. */
  readonly bootstrap: string
  /** Posts that it holds before, one a second up to this time; none for a node that was away. */
  readonly posts: { readonly count: number; readonly untilSeconds: number } | undefined
}

export type FromWholeNode =
  | { readonly what: 'ready'; readonly address: string; readonly clientOrigin: string; readonly newest: string }
  | { readonly what: 'connected'; readonly atMs: number }
  | { readonly what: 'failed'; readonly reason: string }

const AT_ONCE = 500
const AUTHORS = Array.from({ length: 200 }, (_, i) => writer(`sync author ${i}`))

process.once('message', (order: WholeNodeOrder) => {
  start(order).catch(error => say({ what: 'failed', reason: messageOf(error) }))
})
process.on('disconnect', () => process.exit())

function say(message: FromWholeNode): void {
  process.send?.(message)
}

async function start({ owner, dataDir, bootstrap, posts }: WholeNodeOrder): Promise<void> {
  const newest = posts === undefined ? '' : await fill(dataDir, posts)
  const node = await startNode(
    {
      ...DEFAULTS,
      listen: { host: '127.0.0.1', port: 0 },
      clientPort: 0,
      bootstraps: bootstrap === '' ? [] : [bootstrap],
      owner: writer(owner).pubkey,
      mdns: false,
      portMapping: false,
      dataDir,
      tls: undefined,
    },
    {
      log: silent,
      onActivity(activity) {
        if (activity.what === 'peer-connected') say({ what: 'connected', atMs: sharedClockMs() })
      },
    },
  )
  say({ what: 'ready', address: node.overlayAddresses()[0]!, clientOrigin: node.clientOrigin, newest })
}

/** Through the store, as gossip brought them; returns the id of the newest. */
async function fill(dataDir: string, { count, untilSeconds }: NonNullable<WholeNodeOrder['posts']>): Promise<string> {
  const { storePath } = await openDataDirectory(dataDir)
  const worth = { owner: () => undefined, isFollowed: () => false }
  const store = await openDiskStore(storePath, {
    maxEvents: 2 * count,
    maxBytes: 4 * 1024 ** 3,
    worth,
    nowMs: Date.now,
  })
  let newest = ''
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => {
      const created_at = untilSeconds - count + 1 + from + i
      const author = AUTHORS[(from + i) % AUTHORS.length]!
      return signed(author, { kind: 1, created_at, tags: [], content: textOf(from + i) })
    })
    await Promise.all(some.map(event => store.events.put(event, { durable: false, mark: 'open' })))
    newest = some.at(-1)!.id
  }
  await store.close()
  return newest
}
