/** What is gone does not come back (specification/storage.md, "Tombstone"). Runs on every database (store.test.ts). */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import type { Database } from '../../src/store/database.ts'
import { TABLE } from '../../src/store/keys.ts'
import type { OpenParts } from '../../src/store/open.ts'
import type { PutResult, Store } from '../../src/store/store.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { type Backend, type BackendFactory, START_MS, tableSizes } from '../support/stores.ts'

const alice = strangerKey('alice')
const bob = strangerKey('bob')
const carol = strangerKey('carol')
const MAX_EVENTS = 20
const NOW = START_MS / 1000

export function storeGoneSuite(createBackend: BackendFactory): void {
  let backend: Backend
  let store: Store
  let db: Database

  const options = {
    maxEvents: MAX_EVENTS,
    worth: { owner: () => alice, isFollowed: (pubkey: string) => pubkey === bob },
  }
  const open = async (parts?: OpenParts) => {
    ;({ store, db } = await backend.open(options, parts))
  }
  const reopen = async (parts?: OpenParts) => {
    await store.close()
    await open(parts)
  }
  beforeEach(async () => {
    backend = await createBackend()
    await open()
  })
  afterEach(() => backend.dispose())

  const put = async (event: VerifiedEvent): Promise<PutResult> =>
    (await store.events.put(event, { durable: false })).result
  const putTogether = (events: readonly VerifiedEvent[]) => Promise.all(events.map(put))
  let serial = 0
  /** Pushes everything of strangers and followed authors out. */
  const flood = async () => {
    for (let n = 0; n < 2 * MAX_EVENTS; n++) await put(unsignedEvent(bob, { content: `flood ${serial++}` }))
  }

  describe('what was deleted (NIP-09)', () => {
    test.each([
      ['of a stranger', carol],
      ['of a followed author', bob],
    ])('%s stays away when the deletion itself was evicted, also after a restart', async (_, author) => {
      const post = unsignedEvent(author, { content: 'deleted' })
      const setting = unsignedEvent(author, { kind: 30_000, created_at: 10, tags: [['d', 'x']] })
      const tags = [
        ['e', post.id],
        ['a', `30000:${author}:x`],
      ]
      const deletion = unsignedEvent(author, { kind: KIND.deletion, tags })
      expect(await putTogether([post, setting, deletion])).toEqual(['stored', 'stored', 'stored'])
      await flood()
      expect([post, deletion].map(({ id }) => store.events.has(id))).toEqual([false, false])
      expect(await putTogether([post, setting])).toEqual(['deleted', 'deleted'])
      await reopen()
      expect(await putTogether([post, setting])).toEqual(['deleted', 'deleted'])
      expect([post, setting].map(event => store.events.isDeleted(event))).toEqual([true, true])
    })

    test('in any order of deletions, versions and restarts: what is left is what a plain reading of NIP-09 says', async () => {
      const version = (created_at: number) =>
        unsignedEvent(bob, { kind: 30_000, created_at, tags: [['d', 'x']], content: `${created_at}` })
      const deletion = (created_at: number) =>
        unsignedEvent(bob, { kind: KIND.deletion, created_at, tags: [['a', `30000:${bob}:x`]] })
      const times = fc.integer({ min: 1, max: 9 })
      const step = fc.oneof(
        fc.record({ what: fc.constant('version' as const), at: times }),
        fc.record({ what: fc.constant('deletion' as const), at: times }),
        fc.constant({ what: 'restart' as const, at: 0 }),
        fc.constant({ what: 'flood' as const, at: 0 }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
          await backend.dispose()
          backend = await createBackend()
          await open()
          let deletedUntil = 0
          let newest = 0
          for (const { what, at } of steps) {
            if (what === 'restart') await reopen()
            if (what === 'flood') {
              await flood()
              newest = 0
            }
            if (what === 'deletion') {
              await put(deletion(at))
              deletedUntil = Math.max(deletedUntil, at)
              if (newest <= deletedUntil) newest = 0
            }
            if (what === 'version') {
              await put(version(at))
              if (at > deletedUntil) newest = Math.max(newest, at)
            }
            const held = store.events.newest(bob, 30_000, 'x')?.event.created_at ?? 0
            expect(held).toBe(newest)
          }
        }),
        { numRuns: 30 },
      )
    })
  })

  test('a profile that was replaced: versions in any order end with the newest', async () => {
    const versions = [1, 2, 3, 4, 5, 6].map(n =>
      unsignedEvent(carol, { kind: KIND.profile, created_at: Math.ceil(n / 2), content: `${n}` }),
    )
    const order = (a: VerifiedEvent, b: VerifiedEvent) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1)
    const [best] = [...versions].sort(order)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(versions, { minLength: 6 }), async shuffled => {
        await backend.dispose()
        backend = await createBackend()
        await open()
        for (const event of shuffled) await put(event)
        await reopen()
        for (const event of shuffled) await put(event)
        expect(store.events.newest(carol, KIND.profile)?.event.id).toBe(best!.id)
        expect(await store.events.query({ authors: [carol] }, 10)).toHaveLength(1)
      }),
      { numRuns: 10 },
    )
  })

  test('whoever asked to vanish is remembered within a bound; whom the owner follows the longest', async () => {
    await reopen({ maxVanished: 10 })
    const vanish = async (pubkey: string, created_at: number) => {
      const request = unsignedEvent(pubkey, { kind: KIND.vanish, created_at, tags: [['relay', 'ALL_RELAYS']] })
      expect((await store.events.put(request, { durable: true, vanish: true })).result).toBe('stored')
    }
    await vanish(bob, 1)
    for (let n = 0; n < 40; n++) await vanish(strangerKey(`passer-by ${n}`), 10 + n)
    expect((await tableSizes(db))[21]).toBe(10)
    const old = (pubkey: string) => store.events.isDeleted(unsignedEvent(pubkey, { created_at: 1 }))
    expect([bob, strangerKey('passer-by 39'), strangerKey('passer-by 0')].map(old)).toEqual([true, true, false])
  })

  test('so they are where another node of the owner tells of them', async () => {
    await reopen({ maxVanished: 10 })
    const rowOf = (pubkey: string, until: number) =>
      Buffer.concat([Buffer.of(0, 0, 0, until, 0, TABLE.vanished), Buffer.from(pubkey, 'hex')])
    const strangers = Array.from({ length: 40 }, (_, n) => rowOf(strangerKey(`passer-by ${n}`), 10 + n))
    await store.gone.add([rowOf(bob, 1), ...strangers])
    expect((await store.fill()).vanished).toEqual({ used: 10, max: 10 })
    const old = (pubkey: string) => store.events.isDeleted(unsignedEvent(pubkey, { created_at: 1 }))
    expect([bob, strangerKey('passer-by 39'), strangerKey('passer-by 0')].map(old)).toEqual([true, true, false])
  })

  describe('a version of an address that has expired (NIP-40)', () => {
    const version = (created_at: number, tags: string[][] = []) =>
      unsignedEvent(alice, { kind: 30_315, created_at, tags: [['d', 'status'], ...tags] })

    test('gives its place to no older one, after a restart neither; to itself and a newer one it does', async () => {
      const [first, last] = [version(10), version(20, [['expiration', `${NOW}`]])]
      expect(await putTogether([first, last])).toEqual(['stored', 'stored'])
      expect(await store.events.sweepExpired(NOW)).toBe(1)
      expect(await putTogether([first, version(19)])).toEqual(['deleted', 'deleted'])
      await reopen()
      expect(await putTogether([first, last, version(21)])).toEqual(['deleted', 'stored', 'stored'])
    })

    test('leaves no more behind than tombstones may be', async () => {
      await reopen({ maxTombstones: 10 })
      for (let round = 0; round < 5; round++) {
        const tagsOf = (n: number) => [
          ['d', `${round} ${n}`],
          ['expiration', `${NOW}`],
        ]
        await putTogether(Array.from({ length: 10 }, (_, n) => unsignedEvent(alice, { kind: 30_315, tags: tagsOf(n) })))
        expect(await store.events.sweepExpired(NOW)).toBe(10)
      }
      expect((await tableSizes(db))[9]).toBeLessThanOrEqual(20)
    })
  })
}
