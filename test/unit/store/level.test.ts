import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { KIND } from '../../../src/event/kinds.ts'
import { openDiskStore } from '../../../src/store/open.ts'
import type { Store } from '../../../src/store/store.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { storeOptions } from '../../support/stores.ts'

const WRITER = join(import.meta.dirname, '../../support/store-writer.ts')
const alice = strangerKey('alice')

let path: string
let children: ChildProcess[]

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'nostrp2p-level-'))
  children = []
})
afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await rm(path, { recursive: true, force: true })
})

const open = (at = path): Promise<Store> => openDiskStore(at, storeOptions())

/** A store with posts, a replaced profile, a deletion and a delivery. */
async function filledStore(): Promise<{ ids: string[]; deleted: ReturnType<typeof unsignedEvent> }> {
  const store = await open()
  const posts = Array.from({ length: 300 }, (_, i) =>
    unsignedEvent(alice, { content: `post ${i}`, tags: [['t', 'x']] }),
  )
  const profile = (created_at: number) => unsignedEvent(alice, { kind: KIND.profile, created_at })
  const deletion = unsignedEvent(alice, { kind: KIND.deletion, tags: [['e', posts[0]!.id]] })
  const pending = { broadcast: true, to: [strangerKey('bob')] }
  for (const event of [...posts, profile(1), profile(2), deletion]) {
    await store.events.put(event, { durable: false, pending })
  }
  const ids = (await store.events.after(0, 1_000, 1e9)).map(({ event }) => event.id)
  await store.close()
  return { ids, deleted: posts[0]! }
}

async function expectWhole(store: Store, { ids, deleted }: Awaited<ReturnType<typeof filledStore>>): Promise<void> {
  expect((await store.events.after(0, 1_000, 1e9)).map(({ event }) => event.id)).toEqual(ids)
  expect(store.events.usage().events).toBe(ids.length)
  expect(await store.events.query({ tags: new Map([['t', ['x']]]) }, 1_000)).toHaveLength(299)
  expect(store.events.newest(alice, KIND.profile)?.event.created_at).toBe(2)
  expect(store.events.isDeleted(deleted)).toBe(true)
  expect(store.outbox.counts().waiting).toBe(ids.length)
  expect(await store.outbox.openFor(strangerKey('bob'), 1_000)).toHaveLength(ids.length)
  expect(await store.outbox.due(Number.MAX_SAFE_INTEGER, 1_000)).toHaveLength(ids.length)
  expect(await store.outbox.unsent(1_000)).toHaveLength(ids.length)
}

describe('a store on disk that cannot be opened says why', () => {
  test('when another process has it, and opens once that is gone', async () => {
    const store = await open()
    await expect(open()).rejects.toMatchObject({ fault: 'locked', message: expect.stringContaining('in use') })
    await store.close()
    await (await open()).close()
  })

  test('when its place is no directory', async () => {
    const file = join(path, 'file')
    await writeFile(file, '')
    await expect(open(join(file, 'store'))).rejects.toMatchObject({ fault: 'unwritable' })
    await expect(open(file)).rejects.toMatchObject({ fault: 'unwritable' })
  })
})

describe('a store on disk that is damaged', () => {
  test.each([
    { damage: 'an empty CURRENT', harm: () => truncate(join(path, 'CURRENT')) },
    { damage: 'no CURRENT', harm: () => rm(join(path, 'CURRENT')) },
    {
      damage: 'a lost MANIFEST',
      harm: async () => {
        for (const name of await readdir(path)) if (name.startsWith('MANIFEST')) await rm(join(path, name))
      },
    },
  ])('is repaired with all it held after $damage', async ({ harm }) => {
    const before = await filledStore()
    await harm()
    const store = await open()
    await expectWhole(store, before)
    await store.close()
    const again = await open()
    await expectWhole(again, before)
    await again.close()
  })

  test('keeps every event that can still be read when a table is damaged', async () => {
    const before = await filledStore()
    // It begins with old counters, then come the records, which get hurt.
    const table = (await readdir(path)).find(name => name.endsWith('.ldb'))!
    const bytes = await readFile(join(path, table))
    bytes.fill(0xff, 30_000, 30_100)
    await writeFile(join(path, table), bytes)
    await rename(join(path, 'CURRENT'), join(path, 'CURRENT.lost'))
    const store = await open()
    const held = await store.events.after(0, 1_000, 1e9)
    expect(held.length).toBeGreaterThan(200)
    expect(held.length).toBeLessThan(before.ids.length)
    for (const { event } of held) expect(before.ids).toContain(event.id)
    expect(store.events.usage().events).toBe(held.length)
    const tagged = held.filter(({ event }) => event.tags.length > 0 && event.kind === KIND.post)
    expect(await store.events.query({ kinds: [KIND.post] }, 1_000)).toHaveLength(tagged.length)
    await store.close()
  })
})

test('a store on disk that was closed has nothing in its log, and each event once', async () => {
  await filledStore()
  const sizes = await Promise.all(
    (await readdir(path)).map(async name => ({ name, ...(await stat(join(path, name))) })),
  )
  expect(sizes.filter(({ name }) => name.endsWith('.log')).map(({ size }) => size)).toEqual([0])
  expect(sizes.filter(({ name }) => name.endsWith('.ldb'))).toHaveLength(1)
})

function startWriter(): { child: ChildProcess; lines: AsyncIterable<string> } {
  const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return { child, lines: createInterface({ input: child.stdout! }) }
}

async function expectNumbers(numbers: readonly string[]): Promise<void> {
  const store = await open()
  const held = await store.events.after(0, 100_000, 1e9)
  const stored = new Set(held.map(({ event }) => event.content.split(' ')[0]!))
  expect(numbers.filter(number => !stored.has(number))).toEqual([])
  expect(store.events.usage().events).toBe(held.length)
  expect(await store.events.query({ authors: [strangerKey('writer')] }, 100_000)).toHaveLength(held.length)
  await store.close()
}

describe('a process that dies or runs out of disk', () => {
  test.each([1, 150, 1_500])('by SIGKILL after %i durable puts leaves every acknowledged one', async wanted => {
    const { child, lines } = startWriter()
    const acknowledged: string[] = []
    for await (const line of lines) {
      acknowledged.push(line)
      if (acknowledged.length === wanted) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(acknowledged.length).toBeGreaterThanOrEqual(wanted)
    expect(acknowledged.filter(line => line.startsWith('failed'))).toEqual([])
    await expectNumbers(acknowledged)
  })

  // RLIMIT_FSIZE makes writes fail as a full disk does, and needs no file system of its own.
  test.skipIf(!hasPrlimit())('goes on reading when writes fail, and writing when there is room again', async () => {
    const { child, lines } = startWriter()
    const acknowledged: string[] = []
    const failures: string[] = []
    let whenThereWasRoom = Number.POSITIVE_INFINITY
    for await (const line of lines) {
      if (line.startsWith('failed')) failures.push(line)
      else acknowledged.push(line)
      if (acknowledged.length === 100 && failures.length === 0) limitFileBytes(child, `${300_000}`)
      if (failures.length === 20 && line.startsWith('failed')) {
        limitFileBytes(child, 'unlimited')
        whenThereWasRoom = acknowledged.length
      }
      if (acknowledged.length === whenThereWasRoom + 200) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(failures.filter(line => !line.startsWith('failed readable'))).toEqual([])
    expect(acknowledged.length).toBeGreaterThanOrEqual(whenThereWasRoom + 200)
    await expectNumbers(acknowledged)
  })
})

function hasPrlimit(): boolean {
  try {
    execFileSync('prlimit', ['--version'])
    return true
  } catch {
    return false
  }
}

/** The soft limit only: the process may be given more again. */
function limitFileBytes(child: ChildProcess, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:unlimited`])
}
