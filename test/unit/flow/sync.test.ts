import { NegentropyStorage, Negentropy as PeerNegentropy } from '@nostr-dev-kit/sync'
import fc from 'fast-check'
import { nip77 } from 'nostr-tools'
import { describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { bytesToHex, hexToBytes } from '../../../src/event/hex.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { filterOf, isInScope } from '../../../src/flow/sync-scope.ts'
import {
  decodeSyncReply,
  decodeSyncRequest,
  encodeSyncReply,
  encodeSyncRequest,
  type SyncScope,
  type SyncStream,
} from '../../../src/wire/sync.ts'
import { createCleanUp, useCleanUp } from '../../support/clean-up.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../../support/events.ts'
import { settle } from '../../support/fake-clock.ts'
import { runs } from '../event/arbitrary-events.ts'
import { NOW_SECONDS } from './memory-store.ts'
import { connect, ok, openSide, putOpen, type Side, streamPair } from './sync-sides.ts'

const cleanUp = useCleanUp()
const AUTHORS = ['alice', 'bob', 'carol', 'dave'].map(strangerKey)
const ALWAYS: SyncScope = { since: 0, until: NOW_SECONDS }
const RECENT: SyncScope = { since: NOW_SECONDS - 100_000, until: NOW_SECONDS }

/** Some are of one second. */
function postOf(number: number): VerifiedEvent {
  const created_at = BASE_SECONDS - 20_000 + 7 * Math.floor(number / 3)
  return unsignedEvent(AUTHORS[number % AUTHORS.length]!, { created_at, content: `${number}` })
}

/** Posts; profiles, of which the newer one stays; deletions of some of the posts. */
function eventOf(number: number): VerifiedEvent {
  const post = postOf(number)
  const { pubkey: author, created_at, content } = post
  const fields = { created_at, content }
  if (number % 11 === 0) return unsignedEvent(author, { ...fields, kind: KIND.profile })
  if (number % 13 === 0 && number >= AUTHORS.length) {
    const target = eventOf(number - AUTHORS.length)
    if (target.kind === KIND.post)
      return unsignedEvent(author, { ...fields, kind: KIND.deletion, tags: [['e', target.id]] })
  }
  return post
}

/** What a node holds that got all these, in whatever order: without what others of them replace or delete. */
function survivors(events: readonly VerifiedEvent[]): string[] {
  const deleted = new Set(events.flatMap(({ kind, tags }) => (kind === KIND.deletion ? [tags[0]![1]!] : [])))
  const newest = new Map<string, VerifiedEvent>()
  for (const event of events) {
    if (event.kind !== KIND.profile) continue
    const held = newest.get(event.pubkey)
    if (held === undefined || held.created_at < event.created_at) newest.set(event.pubkey, event)
  }
  const stays = (event: VerifiedEvent): boolean =>
    event.kind === KIND.profile ? newest.get(event.pubkey) === event : !deleted.has(event.id)
  return [...new Set(events.filter(stays).map(({ id }) => id))].sort()
}

const story = fc.record({
  size: fc.constantFrom(0, 5, 60, 400, 1_500),
  /** In so many of a hundred cases both sides hold an event. */
  shared: fc.constantFrom(0, 50, 95, 100),
  salt: fc.nat(),
  scope: fc.constantFrom<SyncScope>(
    ALWAYS,
    { since: BASE_SECONDS - 19_990, until: BASE_SECONDS - 19_000 },
    { since: BASE_SECONDS - 19_860, until: BASE_SECONDS - 19_860 },
    { authors: AUTHORS.slice(0, 2) },
    { authors: AUTHORS },
  ),
})

describe('two nodes that compare (Y1, Y4)', () => {
  it('hold the same afterwards, whatever they held and whichever scope', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ size, shared, salt, scope }) => {
        const stage = createCleanUp()
        const [near, far] = [await openSide(stage), await openSide(stage)]
        const chance = (number: number) => (Math.imul(number + 1 + salt, 2_654_435_761) >>> 0) % 100
        // What deletes or replaces may stand outside a short window, and then one side refuses what the other holds.
        const isShort = 'until' in scope && scope !== ALWAYS
        const all = Array.from({ length: size }, (_, number) => (isShort ? postOf(number) : eventOf(number)))
        const mine = all.filter((_, n) => chance(n) < shared || chance(n) % 2 === 0)
        const theirs = all.filter((_, n) => chance(n) < shared || chance(n) % 2 === 1)
        await putOpen(near, mine)
        await putOpen(far, theirs)
        const sync = near.syncWith(() => connect(far))
        const report = await sync.run('far', scope)
        expect(report).toMatchObject({ isComplete: true })
        expect(report.roundTrips).toBeLessThanOrEqual(4)
        const inScope = async (side: Side) => {
          const set = await side.events.setOf(filterOf(scope), 10_000)
          return Array.from({ length: set!.size }, (_, i) => set!.hex(i)).sort()
        }
        expect(await inScope(near)).toEqual(await inScope(far))
        if (scope === ALWAYS) expect(await near.publicIds()).toEqual(survivors(all))
        const outside = mine.filter(event => !isInScope(scope, event) && !theirs.includes(event))
        for (const { id } of outside) expect(far.events.has(id)).toBe(false)
        const again = await sync.run('far', scope)
        expect(again).toMatchObject({ isComplete: true, learned: 0, sent: 0, roundTrips: 1 })
        await stage.run()
      }),
      runs(60),
    )
  })

  it('need one question when they hold the same, under 1 KiB', async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp)]
    const all = Array.from({ length: 2_000 }, (_, n) =>
      unsignedEvent(AUTHORS[0]!, { content: `${n}`, created_at: BASE_SECONDS - n }),
    )
    for (const side of [near, far]) await putOpen(side, all)
    const report = await near.syncWith(() => connect(far)).run('far', ALWAYS)
    expect(report).toMatchObject({ roundTrips: 1, learned: 0, sent: 0, refused: 0, isComplete: true })
    expect(report.bytes).toBeLessThan(1_024)
  })

  it('tell how it goes, and each of its end', async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp)]
    const all = Array.from({ length: 900 }, (_, n) => unsignedEvent(AUTHORS[0]!, { content: `${n}` }))
    await putOpen(far, all.slice(0, 700))
    await putOpen(near, all.slice(600))
    const told: number[] = []
    const onProgress = ({ learned, sent }: { learned: number; sent: number }) => void told.push(learned + sent)
    const report = await near.syncWith(() => connect(far)).run('far', ALWAYS, { onProgress })
    expect(report).toMatchObject({ learned: 600, sent: 200, refused: 0 })
    expect(told.length).toBeGreaterThan(3)
    expect(told.at(-1)).toBe(800)
    await settle()
    expect(far.answered).toMatchObject([{ peer: 'initiator', learned: 200, sent: 600, isComplete: true }])
    expect(near.count('sync_events', 'learned')).toBe(600)
    expect(near.count('syncs', 'complete')).toBe(1)
    expect(far.count('sync_answers', 'answered')).toBe(1)
  })

  it('compare more authors than one scope holds, and a window that holds too much, in parts', async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp)]
    const posts = Array.from({ length: 40 }, (_, n) =>
      unsignedEvent(strangerKey(`many ${n * 60}`), { content: `${n}` }),
    )
    await putOpen(far, posts)
    const authors = Array.from({ length: 2_500 }, (_, n) => strangerKey(`many ${n}`))
    expect(await near.syncWith(() => connect(far)).run('far', { authors })).toMatchObject({
      learned: 40,
      isComplete: true,
    })
    const few: Pick<Side, 'events'> = {
      events: {
        ...far.events,
        setOf: (filter, _, options) => far.events.setOf(filter, 9, options),
      },
    }
    const dated = Array.from({ length: 40 }, (_, n) =>
      unsignedEvent(AUTHORS[0]!, { content: `${n}`, created_at: BASE_SECONDS - 9 * n }),
    )
    await putOpen(far, dated)
    const asker = await openSide(cleanUp)
    const window = { since: BASE_SECONDS - 400, until: BASE_SECONDS - 1 }
    const split = await openSide(cleanUp)
    await putOpen(split, dated)
    Object.assign(split.events, few.events)
    const report = await asker.syncWith(() => connect(split)).run('far', window)
    expect(report).toMatchObject({ learned: 39, isComplete: true })
    expect(report.roundTrips).toBeGreaterThan(4)
  })
})

describe('other implementations of negentropy (Y4)', () => {
  const item = (n: number) =>
    unsignedEvent(AUTHORS[0]!, { content: `${n}`, created_at: BASE_SECONDS - 5_000 + (n >> 1) })
  const sets = (here: number, there: number) => {
    const mine = Array.from({ length: here }, (_, n) => item(n))
    const theirs = Array.from({ length: there }, (_, n) => item(n + 50))
    const lacking = (of: readonly VerifiedEvent[], others: readonly VerifiedEvent[]) => {
      const ids = new Set(others.map(({ id }) => id))
      return of.flatMap(({ id }) => (ids.has(id) ? [] : [id])).sort()
    }
    return { mine, theirs, have: lacking(mine, theirs), need: lacking(theirs, mine) }
  }
  const SIZES = [
    [0, 300],
    [300, 0],
    [1_000, 1_000],
    [3_000, 2_900],
  ] as const

  it.each(SIZES)('nostr-tools with %i ids asks a node with %i', async (here, there) => {
    const far = await openSide(cleanUp)
    const { mine, theirs, have, need } = sets(here, there)
    await putOpen(far, theirs)
    const vector = new nip77.NegentropyStorageVector()
    for (const { created_at, id } of mine) vector.insert(created_at, id)
    vector.seal()
    const asker = new nip77.Negentropy(vector, 256 * 1024)
    const found = { have: [] as string[], need: [] as string[] }
    const stream = connect(far)
    let isOpen = false
    for (let next: string | null = asker.initiate(); next !== null; ) {
      const message = hexToBytes(next)
      await stream.send(
        encodeSyncRequest(isOpen ? { type: 'message', message } : { type: 'open', scope: RECENT, message }),
      )
      isOpen = true
      const reply = ok(decodeSyncReply((await stream.next())!))
      if (reply.type !== 'message') throw new Error(`the node answered ${reply.type}`)
      next = asker.reconcile(
        bytesToHex(reply.message),
        id => found.have.push(id),
        id => found.need.push(id),
      )
    }
    await stream.close()
    expect({ have: found.have.sort(), need: found.need.sort() }).toEqual({ have, need })
  })

  /** Answers the comparison, and has no events for what it lists. */
  async function answerWith(theirs: PeerNegentropy, stream: SyncStream): Promise<void> {
    for (let frame = await stream.next(); frame !== undefined; frame = await stream.next()) {
      const request = ok(decodeSyncRequest(frame))
      if (request.type === 'open' || request.type === 'message') {
        const { nextMessage } = await theirs.reconcile(request.message)
        await stream.send(encodeSyncReply({ type: 'message', message: nextMessage! }))
      } else if (request.type === 'want') {
        await stream.send(encodeSyncReply({ type: 'events', events: request.places.map(() => null) }))
      } else if (request.type === 'events') {
        await stream.send(encodeSyncReply({ type: 'taken', count: request.events.length }))
      }
    }
    await stream.close()
  }

  it.each(SIZES)('a node with %i ids asks @nostr-dev-kit/sync with %i', async (here, there) => {
    const near = await openSide(cleanUp)
    const { mine, theirs, have, need } = sets(here, there)
    await putOpen(near, mine)
    const storage = NegentropyStorage.fromEvents(
      theirs as unknown as Parameters<typeof NegentropyStorage.fromEvents>[0],
    )
    const sync = near.syncWith(() => {
      const [asker, answerer] = streamPair()
      void answerWith(new PeerNegentropy(storage), answerer)
      return asker
    })
    const report = await sync.run('far', ALWAYS)
    expect(report).toMatchObject({ refused: need.length, sent: have.length, isComplete: need.length === 0 })
    expect(near.count('sync_events', 'undelivered')).toBe(need.length)
  })
})
