/** Years in a minute: a store with small bounds takes many times what it may hold, and stays as it is (storage.md, "Bounds"). */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { KIND } from '../../../src/event/kinds.ts'
import type { Database } from '../../../src/store/database.ts'
import { TABLE } from '../../../src/store/keys.ts'
import { openLevel, settleLevel } from '../../../src/store/level.ts'
import { openStore } from '../../../src/store/open.ts'
import { MAX_SETTLED } from '../../../src/store/outbox.ts'
import { MAX_KNOWN_PEERS } from '../../../src/store/peers.ts'
import type { Store } from '../../../src/store/store.ts'
import { createCleanUp } from '../../support/clean-up.ts'
import { writeDeliveries } from '../../support/deliveries.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { START_MS, storeOptions, tableSizes } from '../../support/stores.ts'
import { temporaryDirectory } from '../../support/test-node.ts'
import { watchVitals } from '../../support/vitals.ts'

const MAX_EVENTS = 1_000
const MAX_TOMBSTONES = 200
const MAX_VANISHED = 50
const GUESTS = { maxEvents: 100, maxBytes: 100_000, maxPerAuthor: 10 }
const ROUNDS = 12
/** Rounds until everything is at its bounds. */
const FILLED = 4
const MINUTE_MS = 60_000
const OWNER = strangerKey('owner')

interface Measured {
  readonly tables: Readonly<Record<number, number>>
  readonly diskBytes: number
}

const words = Array.from({ length: 2_000 }, (_, i) => `w${(i * 7919).toString(36)}`)

/** What people write and take back in some months, in batches of a minute. */
class Life {
  nowMs = START_MS
  #made = 0
  readonly #store: () => Store

  constructor(store: () => Store) {
    this.#store = store
  }

  async round(): Promise<void> {
    for (let batch = 0; batch < MAX_EVENTS / 50; batch++) {
      this.nowMs += 30 * MINUTE_MS
      await Promise.all(Array.from({ length: 50 }, (_, i) => this.#one(i)))
      const { events, outbox, peers, ownCursors } = this.#store()
      await events.sweepExpired(this.#now())
      const due = await outbox.due(this.nowMs, 100)
      const changedMs = this.nowMs
      await writeDeliveries(
        outbox,
        due.map(one => ({ ...one, state: 'delivered', open: false, changedMs })),
      )
      const id = (n: number) => `node ${this.#made} ${n}`
      await peers.save(Array.from({ length: 40 }, (_, n) => ({ id: id(n), addresses: [], lastSeenMs: this.nowMs })))
      await ownCursors.save(id(0), 'events', 'cursor')
      await ownCursors.save(id(0), 'gone', 'cursor')
    }
  }

  #now(): number {
    return Math.floor(this.nowMs / 1000)
  }

  async #one(i: number): Promise<void> {
    const n = ++this.#made
    const { events } = this.#store()
    const author = strangerKey(`author ${n % 300}`)
    const content = Array.from({ length: 12 }, (_, k) => words[(n * 31 + k * 17) % words.length]).join(' ')
    const now = this.#now()
    const post = unsignedEvent(author, { created_at: now, content, tags: [['t', `tag ${n}`]] })
    const put = (event: typeof post, mark: 'open' | 'guest' = 'open') => events.put(event, { durable: false, mark })
    await put(post, i % 10 === 3 ? 'guest' : 'open')
    if (i % 4 === 0) await put(unsignedEvent(author, { kind: KIND.deletion, created_at: now, tags: [['e', post.id]] }))
    if (i % 10 === 1) await put(unsignedEvent(strangerKey(`somebody ${n}`), { kind: KIND.profile, content }))
    if (i % 10 === 5) {
      const tags = [
        ['d', `${n}`],
        ['expiration', `${now + 600}`],
      ]
      await put(unsignedEvent(author, { kind: 30_315, created_at: now, tags }))
    }
    if (i % 25 === 7) {
      const request = unsignedEvent(strangerKey(`vanishing ${n}`), { kind: KIND.vanish, created_at: now })
      await events.put(request, { durable: true, mark: 'guest', vanish: true })
    }
    if (i % 10 === 9) {
      const reply = unsignedEvent(strangerKey('friend'), { content, created_at: now, tags: [['p', author]] })
      const pending = { broadcast: true, to: [author] }
      const { position } = await events.put(reply, { durable: true, mark: 'private', pending })
      await this.#store().outbox.markSent([{ position, nodes: 1, atMs: 0 }])
    }
  }
}

async function diskBytesOf(path: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(path)) bytes += (await stat(join(path, name)).catch(() => ({ size: 0 }))).size
  return bytes
}

describe('a store that takes twelve times what it may hold', () => {
  it('keeps its keys, its disk and its memory within its bounds, and everything in step', async () => {
    const cleanUp = createCleanUp()
    try {
      const path = await temporaryDirectory(cleanUp)
      const life = new Life(() => store)
      const worth = { owner: () => OWNER, isFollowed: (pubkey: string) => pubkey < '2' }
      const bounds = { maxEvents: MAX_EVENTS, maxBytes: 1e6, guests: GUESTS }
      const options = storeOptions({ ...bounds, worth, nowMs: () => life.nowMs })
      const parts = { maxTombstones: MAX_TOMBSTONES, maxVanished: MAX_VANISHED }
      let db: Database = await openLevel(path)
      let store = await openStore(db, options, parts)
      cleanUp.add(() => store.close())

      const rounds: Measured[] = []
      let vitals: ReturnType<typeof watchVitals> | undefined
      for (let round = 0; round < ROUNDS; round++) {
        await life.round()
        if (round === ROUNDS / 2) {
          await store.close()
          db = await openLevel(path)
          store = await openStore(db, options, parts)
        }
        await settleLevel(db)
        rounds.push({ tables: await tableSizes(db), diskBytes: await diskBytesOf(path) })
        if (round === ROUNDS / 2) vitals = watchVitals()
      }

      const most = (from: number, value: (measured: Measured) => number) => Math.max(...rounds.slice(from).map(value))
      const rows = (table: number) => most(FILLED, ({ tables }) => tables[table] ?? 0)
      expect(rows(TABLE.event)).toBeLessThanOrEqual(MAX_EVENTS)
      expect(rows(TABLE.id)).toBeLessThanOrEqual(MAX_EVENTS)
      // A batch may bring as many as it has deletions before the next one forgets.
      expect(rows(TABLE.deletedId) + rows(TABLE.deletedAddress)).toBeLessThanOrEqual(MAX_TOMBSTONES + 100)
      expect(rows(TABLE.tombstoneOrder)).toBeLessThanOrEqual(MAX_TOMBSTONES + 100)
      expect(rows(TABLE.settled)).toBeLessThanOrEqual(MAX_SETTLED)
      expect(rows(TABLE.delivery)).toBeLessThanOrEqual(MAX_SETTLED + 100)
      expect(rows(TABLE.recipients)).toBeLessThanOrEqual(MAX_SETTLED + 100)
      expect(rows(TABLE.unsent)).toBe(0)
      expect(rows(TABLE.peer)).toBeLessThanOrEqual(MAX_KNOWN_PEERS)
      expect(rows(TABLE.ownCursor)).toBeLessThanOrEqual(64)
      expect(rows(TABLE.guest)).toBeLessThanOrEqual(GUESTS.maxEvents)
      expect(rows(TABLE.vanished)).toBeLessThanOrEqual(MAX_VANISHED + 1)
      expect(rows(TABLE.vanishing)).toBe(0)
      // All tables, also those that are not named here: no more in the second half than in the first.
      const total = ({ tables }: Measured) => Object.values(tables).reduce((sum, count) => sum + count, 0)
      const half = ROUNDS / 2
      expect(most(half, total)).toBeLessThan(1.15 * Math.max(...rounds.slice(FILLED - 1, half).map(total)))
      // What was deleted is given back: some tables of LevelDB's own size beside what is held.
      expect(most(FILLED, ({ diskBytes }) => diskBytes)).toBeLessThan(3 * store.events.usage().bytes + 6 * 2 ** 20)
      expect(vitals!.read().grownBytes).toBeLessThan(4 * 2 ** 20)
    } finally {
      await cleanUp.run()
    }
  }, 120_000)
})
