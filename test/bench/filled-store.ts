/** Data directories that hold so many posts already. */
import { setImmediate } from 'node:timers/promises'
import type { VerifiedEvent } from '../../src/event/event.ts'
import type { Logger } from '../../src/observe/log.ts'
import { openDataDirectory } from '../../src/store/data-directory.ts'
import { openDiskStore } from '../../src/store/open.ts'
import type { Pending, StoreOptions } from '../../src/store/store.ts'
import { nowSeconds, unsigned, writer } from './posts.ts'

/** Written at once: as many as a busy second brings. */
const AT_ONCE = 250

export interface Filling {
  readonly dataDir: string
  readonly count: number
  /** Public keys of the authors, in turn; the first is the owner. */
  readonly authors: readonly string[]
  /** True: as the owner's own posts go in, on disk before the answer and pending until they are gossiped. */
  readonly durable: boolean
}

/** Posts of 140 characters, one for each second of the past, through the store itself; their search index is made. */
export async function fillDirectory({ dataDir, count, authors, durable }: Filling): Promise<void> {
  const { storePath } = await openDataDirectory(dataDir)
  const options: StoreOptions = {
    maxEvents: 2 * count + 1,
    maxBytes: 4 * 1024 ** 3,
    worth: { owner: () => authors[0], isFollowed: () => false },
    nowMs: Date.now,
  }
  const store = await openDiskStore(storePath, options)
  const pending: Pending = { broadcast: durable, to: [] }
  const put = (event: VerifiedEvent) => store.events.put(event, { durable, pending })
  const startSeconds = nowSeconds() - count
  for (let from = 0; from < count; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i)
    const done = await Promise.all(
      numbers.map(number => put(unsigned(authors[number % authors.length]!, number, startSeconds + number))),
    )
    if (durable) await store.outbox.markSent(done.map(({ position }) => ({ position, nodes: 8, atMs: 0 })))
    await setImmediate()
  }
  await store.close()
  await finishIndex(storePath, options)
}

/** Until what was left of the search index at the end is made. */
async function finishIndex(storePath: string, options: StoreOptions): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const log: Logger = (_, message) => {
    if (message === 'the search index is up to date') resolve()
  }
  const store = await openDiskStore(storePath, { ...options, log })
  await promise
  await store.close()
}

/** Public keys of the owner and of many others. */
export function manyAuthors(owner: string): string[] {
  return [owner, ...Array.from({ length: 199 }, (_, i) => writer(`author ${i}`).pubkey)]
}
