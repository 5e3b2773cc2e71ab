/** A crash at every write: whatever was acknowledged before it is there, nothing is there by half, and all counts agree. */
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import { describe, expect, it } from 'vitest'
import type { Database, Operation } from '../../src/store/database.ts'
import { metaKey, TABLE } from '../../src/store/keys.ts'
import { openLevel } from '../../src/store/level.ts'
import { openStore } from '../../src/store/open.ts'
import type { StoreOptions } from '../../src/store/store.ts'
import { createRandom } from '../faults/random.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { SEED } from '../support/seed.ts'
import { auditStore } from '../support/store-audit.ts'
import { histories, peopledOptions, type Step, seenOf, take } from '../support/store-history.ts'
import { START_MS } from '../support/stores.ts'

const BUFFERS = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const
/** Databases open at once: most of the time each waits for the disk. */
const LANES = 4
const cleanUp = useCleanUp()

function memory(): Database {
  return new MemoryLevel<Buffer, Buffer>(BUFFERS)
}

/** Tells of every write that is on the disk. */
function watchWrites(db: Database, onWrite: (operations: readonly Operation[]) => unknown): Database {
  const batch = db.batch.bind(db)
  db.batch = async (operations, options) => {
    await batch(operations, options)
    await onWrite(operations)
  }
  return db
}

/** After so many writes the step was acknowledged, and the store looked so. */
interface Milestone {
  readonly writes: number
  readonly seen: string
}

async function live(db: Database, steps: readonly Step[], options: StoreOptions, writes: () => number) {
  const store = await openStore(db, options)
  const milestones: Milestone[] = [{ writes: writes(), seen: await seenOf(store) }]
  for (const step of steps) {
    await take(store, step)
    milestones.push({ writes: writes(), seen: await seenOf(store) })
  }
  return { store, milestones }
}

/** What may be seen after a crash behind so many writes: what was acknowledged by then, or one step more. */
function allowedAfter(milestones: readonly Milestone[], writes: number): string[] {
  const acknowledged = milestones.filter(milestone => milestone.writes <= writes).length
  return milestones.slice(Math.max(0, acknowledged - 1), acknowledged + 1).map(({ seen }) => seen)
}

/** The store after each write of its life, opened again; `check` looks at what can be seen. */
async function crashAtEveryWrite(
  steps: readonly Step[],
  options: StoreOptions,
  check: (seen: string, allowed: readonly string[]) => void,
): Promise<void> {
  const writes: (readonly Operation[])[] = []
  const db = watchWrites(memory(), operations => writes.push(operations))
  const { store, milestones } = await live(db, steps, options, () => writes.length)
  await store.close()
  const disk = new Map<string, Operation>()
  for (let count = 0; count < writes.length; count++) {
    for (const operation of writes[count]!) disk.set(operation.key.toString('hex'), operation)
    const left = memory()
    await left.open()
    await left.batch(
      [...disk.values()].filter(({ type }) => type === 'put'),
      { sync: false },
    )
    const again = await openStore(left, options)
    expect(await auditStore(left)).toEqual([])
    check(await seenOf(again), allowedAfter(milestones, count + 1))
    await again.close()
  }
}

describe('a store that crashes after any of its writes', () => {
  it(`is what it was when the last step was acknowledged, or one step further (SEED=${SEED})`, async () => {
    const property = fc.asyncProperty(histories, steps =>
      crashAtEveryWrite(steps, peopledOptions(), (seen, allowed) => expect(allowed).toContain(seen)),
    )
    await fc.assert(property, { seed: SEED, numRuns: 300 })
  }, 60_000)

  it(`agrees with itself also in the middle of an eviction (SEED=${SEED})`, async () => {
    const options = peopledOptions({ maxEvents: 6, guests: { maxEvents: 4, maxBytes: 1e6, maxPerAuthor: 2 } })
    const property = fc.asyncProperty(histories, steps => crashAtEveryWrite(steps, options, () => {}))
    await fc.assert(property, { seed: SEED, numRuns: 300 })
  }, 60_000)
})

/** The store's files at the end of its life, how far each write reached in the log, and how the store looked. */
async function writtenToDisk(directory: string, steps: readonly Step[]) {
  const reached: number[] = []
  const db = watchWrites(await openLevel(directory), async () => reached.push((await logOf(directory)).bytes))
  const { store, milestones } = await live(db, steps, peopledOptions(), () => reached.length)
  const copy = `${directory}.copy`
  await cp(directory, copy, { recursive: true })
  await store.close()
  return { copy, reached, milestones }
}

async function logOf(directory: string): Promise<{ path: string; bytes: number }> {
  const names = (await readdir(directory)).filter(name => name.endsWith('.log')).sort()
  const path = join(directory, names.at(-1)!)
  return { path, bytes: (await stat(path)).size }
}

describe('LevelDB whose log ends anywhere', () => {
  it(`opens with all that was written before the cut, and nothing of what was cut (SEED=${SEED})`, async () => {
    const home = await mkdtemp(join(tmpdir(), 'nostrp2p-crash-'))
    cleanUp.add(() => rm(home, { recursive: true, force: true }))
    const steps = fc.sample(histories, { seed: SEED, numRuns: 20 }).sort((a, b) => b.length - a.length)[0]!
    const { copy, reached, milestones } = await writtenToDisk(join(home, 'store'), steps)
    const whole = await readFile((await logOf(copy)).path)
    expect(reached.at(-1)).toBe(whole.length)
    const schemaWritten = reached[0]!
    const cuts = cutsOf(reached, whole.length)
    async function lane(place: string): Promise<void> {
      for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) {
        await cp(copy, place, { recursive: true })
        await writeFile((await logOf(place)).path, whole.subarray(0, cut))
        const db = await openLevel(place)
        const again = await openStore(db, peopledOptions())
        expect(await auditStore(db), `cut at ${cut}`).toEqual([])
        const writes = reached.filter(bytes => bytes <= cut).length
        if (cut >= schemaWritten)
          expect(allowedAfter(milestones, writes), `cut at ${cut}`).toContain(await seenOf(again))
        await again.close()
        await rm(place, { recursive: true })
      }
    }
    await Promise.all(Array.from({ length: LANES }, (_, i) => lane(join(home, `cut ${i}`))))
  }, 120_000)
})

/** Every byte of the last write, the edges of all others, and some places in between. */
function cutsOf(reached: readonly number[], length: number): number[] {
  const random = createRandom(SEED)
  const last = Math.max(0, ...reached.filter(bytes => bytes < length))
  const every = Array.from({ length: length - last }, (_, i) => last + i)
  const edges = reached.flatMap(bytes => [bytes - 1, bytes, bytes + 1]).filter(bytes => bytes <= length)
  const between = Array.from({ length: 60 }, () => random.between(0, length))
  return [...new Set([...every, ...edges, ...between])].sort((a, b) => a - b)
}

describe('a store that is put back to an older state', () => {
  it('gives only positions beyond those that were given since, also where the clock was set back', async () => {
    let nowMs = START_MS + 3_600_000
    const options = peopledOptions({ nowMs: () => nowMs })
    const db = memory()
    const store = await openStore(db, options)
    const put = async ({ events }: typeof store, content: string) => {
      const event = unsignedEvent(strangerKey('somebody'), { content })
      return (await events.put(event, { durable: true })).position
    }
    await put(store, 'an hour ahead')
    nowMs = START_MS
    const kept = memory()
    await kept.open()
    const rows = (await db.iterator({}).all()).map(([key, value]): Operation => ({ type: 'put', key, value }))
    await kept.batch(rows, { sync: false })
    for (let i = 0; i < 100; i++) await put(store, `lost ${i}`)
    const cursor = store.events.lastPosition()
    await store.close()

    const again = await openStore(kept, options)
    const position = await put(again, 'new')
    expect(position).toBeGreaterThan(cursor)
    expect((await again.events.after(cursor, 10, 1e9)).map(({ event }) => event.content)).toEqual(['new'])
    expect(await put(again, 'newer')).toBe(position + 1)
    await again.close()
  })
})

describe('the audit', () => {
  it('notices any entry that is taken out, whatever its table, and a counter that is off', async () => {
    const steps = fc.sample(histories, { seed: SEED, numRuns: 20 }).sort((a, b) => b.length - a.length)[0]!
    const db = memory()
    const { store } = await live(db, steps, peopledOptions(), () => 0)
    expect(await auditStore(db)).toEqual([])
    const tables = new Set<number>()
    for (const [key, value] of await db.iterator({}).all()) {
      // Which events are unsent, and what LevelDB holds beside them, can be told from nothing else.
      if (key[0] === TABLE.meta || key[0] === TABLE.unsent || key[0]! >= TABLE.vanished) continue
      await db.batch([{ type: 'del', key }], { sync: false })
      expect(await auditStore(db), `without ${key.toString('hex')}`).not.toEqual([])
      await db.batch([{ type: 'put', key, value }], { sync: false })
      tables.add(key[0]!)
    }
    expect(tables.size).toBeGreaterThanOrEqual(10)
    const state = db.getSync(metaKey('state'))!
    await db.batch([{ type: 'put', key: metaKey('state'), value: Buffer.alloc(state.length, 1) }], { sync: false })
    expect(await auditStore(db)).not.toEqual([])
    await store.close()
  })
})
