/** What a synchronisation does not do: bring back, ask again, go on without an end (sync.md, Y2, Y4, Y5). */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { createRefusedIds } from '../../../src/flow/refused-ids.ts'
import { routeOf } from '../../../src/flow/route.ts'
import { createShunnedPeers } from '../../../src/flow/shunned-peers.ts'
import { halvesOf, isWithinBounds, openedAt, partsOf, SYNC_SECONDS } from '../../../src/flow/sync-scope.ts'
import { isPublicForm, markOf, PUBLIC_SET } from '../../../src/flow/visibility.ts'
import { MAX_SYNC_AUTHORS } from '../../../src/wire/limits.ts'
import { decodeSyncRequest, type SyncRequest, type SyncScope, type SyncStream } from '../../../src/wire/sync.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { BASE_SECONDS, strangerKey, unsignedEvent } from '../../support/events.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { anyEvent, runs } from '../event/arbitrary-events.ts'
import { NOW_MS, NOW_SECONDS } from './memory-store.ts'
import { connect, openSide, putOpen, type Side } from './sync-sides.ts'

const cleanUp = useCleanUp()
const HOUR_MS = 3_600_000
const ALWAYS: SyncScope = { since: 0, until: NOW_SECONDS }
const author = strangerKey('author')

const postAt = (created_at: number, content = `${created_at}`) => unsignedEvent(author, { created_at, content })
const posts = (count: number) => Array.from({ length: count }, (_, n) => postAt(BASE_SECONDS - n))

/** A stream to that side; what goes there is noted. */
function listening(side: Side, seen: SyncRequest[]): SyncStream {
  const stream = connect(side)
  return {
    ...stream,
    send(frame) {
      const request = decodeSyncRequest(frame)
      if ('type' in request && request.type !== 'no') seen.push(request)
      return stream.send(frame)
    },
  }
}

describe('the public set (Y2)', () => {
  it('holds nothing that a taker would call not public, however it came to be open', () => {
    const lookUps = [() => undefined, (id: string) => unsignedEvent(author, { content: id })]
    const kinds = fc.constantFrom(0, 1, 3, 4, 5, 6, 7, 13, 62, 1059, 9734, 10_002, 20_001, 30_023, 30_078)
    fc.assert(
      fc.property(anyEvent, kinds, fc.constantFrom(...lookUps), (some, kind, lookUp) => {
        const event = { ...some, kind }
        const gossiped = routeOf(event, () => undefined).broadcast
          ? [
              markOf(
                event,
                routeOf(event, () => undefined),
                'gossip',
                lookUp,
              ),
            ]
          : []
        for (const mark of [...gossiped, markOf(event, routeOf(event, lookUp), 'client', lookUp), undefined]) {
          if (PUBLIC_SET(event, mark)) expect(isPublicForm(event)).toBe(true)
          const glance = PUBLIC_SET.glance!(
            event.kind,
            mark,
            event.tags.some(tag => tag.length === 1 && tag[0] === '-'),
          )
          expect([undefined, PUBLIC_SET(event, mark)]).toContain(glance)
        }
        for (const mark of ['private', 'guest', 'guest-closed'] as const) expect(PUBLIC_SET(event, mark)).toBe(false)
      }),
      runs(1_000),
    )
  })

  it('has deletions of what is or may be public, and of nothing private', () => {
    const deletion = (...tags: string[][]) => unsignedEvent(author, { kind: KIND.deletion, tags })
    expect(isPublicForm(deletion(['e', strangerKey('unknown')]))).toBe(true)
    expect(isPublicForm(deletion(['a', `0:${author}:`]))).toBe(true)
    expect(isPublicForm(deletion(['a', `30078:${author}:settings`]))).toBe(false)
    expect(isPublicForm(deletion())).toBe(false)
    expect(isPublicForm(deletion(['e', strangerKey('unknown')], ['-']))).toBe(false)
  })
})

describe('a scope (Y2.3, Y2.4)', () => {
  it('that is asked for stays within what others grant, though their clocks are half a day off', () => {
    for (const off of [-40_000, 0, 40_000]) {
      for (const part of partsOf({ since: 0, until: 2 ** 32 - 1 }, NOW_SECONDS)) {
        expect(isWithinBounds(part, NOW_SECONDS + off)).toBe(true)
      }
    }
    expect(isWithinBounds({ since: NOW_SECONDS - SYNC_SECONDS - 90_000, until: NOW_SECONDS }, NOW_SECONDS)).toBe(false)
    expect(isWithinBounds({ since: NOW_SECONDS, until: NOW_SECONDS + 90_000 }, NOW_SECONDS)).toBe(false)
    expect(isWithinBounds({ authors: [author] }, NOW_SECONDS)).toBe(true)
  })

  it('of which nothing is left is not asked for', () => {
    expect(partsOf({ since: 0, until: 1_000 }, NOW_SECONDS)).toEqual([])
    expect(partsOf({ since: NOW_SECONDS + 90_000, until: NOW_SECONDS + 90_001 }, NOW_SECONDS)).toEqual([])
    expect(partsOf({ authors: [] }, NOW_SECONDS)).toEqual([])
    expect(openedAt({ since: 1, until: 5 }, 6)).toBeUndefined()
    expect(openedAt({ authors: [author] }, 6)).toEqual({ authors: [author], since: 6 })
  })

  it('comes in parts that hold all of it, each author and second once', () => {
    const authors = Array.from({ length: 2 * MAX_SYNC_AUTHORS + 1 }, (_, n) => strangerKey(`${n}`))
    const parts = partsOf({ authors: [...authors, ...authors] }, NOW_SECONDS)
    expect(parts.map(part => ('authors' in part ? part.authors.length : 0))).toEqual([
      MAX_SYNC_AUTHORS,
      MAX_SYNC_AUTHORS,
      1,
    ])
    expect(parts.flatMap(part => ('authors' in part ? part.authors : []))).toEqual(authors)
    expect(halvesOf({ since: 4, until: 9 })).toEqual([
      { since: 7, until: 9 },
      { since: 4, until: 6 },
    ])
    expect(halvesOf({ since: 4, until: 5 })).toEqual([
      { since: 5, until: 5 },
      { since: 4, until: 4 },
    ])
    expect(halvesOf({ since: 4, until: 4 })).toBeUndefined()
    expect(halvesOf({ authors: [author] })).toBeUndefined()
    expect(halvesOf({ authors: [author, 'b', 'c'] })).toMatchObject([{ authors: [author] }, { authors: ['b', 'c'] }])
  })
})

describe('a floor (Y2.5)', () => {
  const evictedUntil = (side: Side, all: number, followed = 0) =>
    void Object.assign(side.events, { evictedUntil: (whose: string) => (whose === 'all' ? all : followed) })

  it.each(['near', 'far'] as const)('of the %s side: nothing before it is exchanged, either way', async who => {
    const sides = { near: await openSide(cleanUp), far: await openSide(cleanUp) }
    const [old, young] = [postAt(BASE_SECONDS - 500), postAt(BASE_SECONDS - 100)]
    const [older, younger] = [postAt(BASE_SECONDS - 501), postAt(BASE_SECONDS - 101)]
    await putOpen(sides.far, [old, young])
    await putOpen(sides.near, [older, younger])
    evictedUntil(sides[who], BASE_SECONDS - 400)
    const report = await sides.near.syncWith(() => connect(sides.far)).run('far', ALWAYS)
    expect(report).toMatchObject({ learned: 1, sent: 1, since: BASE_SECONDS - 399, isComplete: true })
    expect([sides.near.events.has(old.id), sides.near.events.has(young.id)]).toEqual([false, true])
    expect([sides.far.events.has(older.id), sides.far.events.has(younger.id)]).toEqual([false, true])
  })

  it('of followed authors is another one', async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp)]
    await putOpen(far, posts(5))
    evictedUntil(near, BASE_SECONDS, BASE_SECONDS - 3)
    const report = await near.syncWith(() => connect(far)).run('far', { authors: [author] })
    expect(report).toMatchObject({ learned: 3, since: BASE_SECONDS - 2, isComplete: true })
  })

  it('that rises while a comparison is under way counts: what goes meanwhile does not come back', async () => {
    const [near, far] = [await openSide(cleanUp, { maxEvents: 4 }), await openSide(cleanUp)]
    const before = posts(4)
    await putOpen(near, before)
    await putOpen(far, before)
    const sync = near.syncWith(async () => {
      await putOpen(near, [postAt(BASE_SECONDS + 1), postAt(BASE_SECONDS + 2)])
      return connect(far)
    })
    const gone = () => before.filter(({ id }) => !near.events.has(id)).length
    expect(await sync.run('far', ALWAYS)).toMatchObject({ learned: 0, refused: 2, isComplete: true })
    expect(gone()).toBe(2)
  })

  it("counts for strangers' events that somebody gives who follows them; not for what deletes an event that is here", async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp, { maxEvents: 4 })]
    const all = posts(6).reverse()
    for (const event of all) await putOpen(far, [event])
    const deletion = unsignedEvent(author, {
      kind: KIND.deletion,
      created_at: all[1]!.created_at,
      tags: [['e', all[4]!.id]],
    })
    await putOpen(near, [...all, deletion])
    const report = await near.syncWith(() => connect(far)).run('far', { authors: [author] })
    expect(report).toMatchObject({ sent: 1, isComplete: true })
    expect(all.map(({ id }) => far.events.has(id))).toEqual([false, false, false, true, false, true])
  })
})

describe('what was refused (Y4.2, Y4.3)', () => {
  it('for good is not asked for again, of whoever offers it', async () => {
    const near = await openSide(cleanUp)
    const [post, profile] = [postAt(BASE_SECONDS - 9), unsignedEvent(author, { kind: KIND.profile, content: 'old' })]
    await near.events.put(unsignedEvent(author, { kind: KIND.deletion, tags: [['e', post.id]] }), {
      durable: false,
      mark: 'private',
    })
    await near.events.put(unsignedEvent(author, { kind: KIND.profile, created_at: BASE_SECONDS + 1, content: 'new' }), {
      durable: false,
      mark: 'private',
    })
    const seen: SyncRequest[] = []
    const sync = near.syncWith(async () => {
      const far = await openSide(cleanUp)
      await putOpen(far, [post, profile])
      return listening(far, seen)
    })
    const wants = () => seen.filter(({ type }) => type === 'want').length
    expect(await sync.run('one', ALWAYS)).toMatchObject({ learned: 0, refused: 2, isComplete: true })
    expect(wants()).toBe(1)
    expect(await sync.run('another', ALWAYS)).toMatchObject({ learned: 0, refused: 2, isComplete: true })
    expect(wants()).toBe(1)
  })

  it('for now is asked for again, and the exchange is not complete', async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp)]
    await putOpen(far, [postAt(NOW_SECONDS + 2_000), postAt(BASE_SECONDS)])
    const sync = near.syncWith(() => connect(far))
    const scope = { since: 0, until: NOW_SECONDS + 3_000 }
    expect(await sync.run('far', scope)).toMatchObject({
      learned: 1,
      isComplete: false,
      reason: expect.stringContaining('1 event'),
    })
    near.clock.set((NOW_SECONDS + 2_000) * 1_000)
    expect(await sync.run('far', scope)).toMatchObject({ learned: 1, isComplete: true })
  })

  it('for want of room is left alone for ten minutes', async () => {
    const worth = { owner: () => undefined, isFollowed: () => true }
    const near = await openSide(cleanUp, { maxEvents: 3, worth: { ...worth, owner: () => author } })
    await Promise.all(posts(3).map(event => near.events.put(event, { durable: false, mark: 'open' })))
    const far = await openSide(cleanUp)
    const other = unsignedEvent(strangerKey('other'), { content: 'no room' })
    await putOpen(far, [other])
    const sync = near.syncWith(() => connect(far))
    const scope = { authors: [other.pubkey] }
    expect(await sync.run('far', scope)).toMatchObject({ learned: 0, refused: 1, isComplete: true })
    expect(near.count('accepted', 'full')).toBe(1)
    await sync.run('far', scope)
    expect(near.count('accepted', 'full')).toBe(1)
    await near.clock.pass(10 * 60_000)
    await sync.run('far', scope)
    expect(near.count('accepted', 'full')).toBe(2)
  })

  it('is remembered of 10,000; what one peer did not deliver another may', async () => {
    const clock = createFakeClock(NOW_MS)
    const refused = createRefusedIds(clock)
    refused.note('liar', 'a', 'undelivered')
    expect([refused.has('liar', 'a'), refused.has('other', 'a')]).toEqual([true, false])
    refused.note('p', 'b', 'deleted')
    expect(refused.has('other', 'b')).toBe(true)
    await clock.pass(11 * 60_000)
    expect([refused.has('liar', 'a'), refused.has('p', 'b')]).toEqual([false, true])
    for (let n = 0; n < 10_000; n++) {
      refused.note('p', `${n}`, 'deleted')
      if (n % 1_000 === 0) expect(refused.has('p', 'b')).toBe(true)
    }
    expect([refused.has('p', '0'), refused.has('p', 'b'), refused.has('p', '9999')]).toEqual([false, true, true])
  })
})

describe('a peer at fault (Y5.2)', () => {
  it('is left alone for an hour, and told that there is no time', async () => {
    const bad = postAt(BASE_SECONDS, 'bad')
    const near = await openSide(cleanUp, {}, event => event.id !== bad.id)
    const far = await openSide(cleanUp)
    await putOpen(far, [bad])
    const sync = near.syncWith(() => connect(far))
    expect(await sync.run('far', ALWAYS)).toMatchObject({
      learned: 0,
      isComplete: false,
      reason: expect.stringContaining('signature'),
    })
    expect(near.count('syncs', 'fault')).toBe(1)
    expect(sync.mayAsk('far')).toBe(false)
    const asks = far.syncWith(() => connect(near, 'far'))
    expect(await asks.run('near', ALWAYS)).toMatchObject({ isComplete: false, busyMs: HOUR_MS })
    await near.clock.pass(HOUR_MS)
    expect(sync.mayAsk('far')).toBe(true)
  })

  it('is remembered of a thousand', async () => {
    const clock = createFakeClock(NOW_MS)
    const shunned = createShunnedPeers(clock)
    for (let n = 0; n <= 1_000; n++) shunned.add(`${n}`)
    expect([shunned.has('0'), shunned.has('1'), shunned.has('1000')]).toEqual([false, true, true])
  })
})

describe('what comes in between', () => {
  it('a signal calls it off, and a second one with the same peer waits for nobody', async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp)]
    await putOpen(far, posts(3))
    const sync = near.syncWith(() => connect(far))
    const first = sync.run('far', ALWAYS)
    expect(await sync.run('far', ALWAYS)).toMatchObject({ isComplete: false, roundTrips: 0 })
    expect(await first).toMatchObject({ learned: 3, isComplete: true })
    expect(await sync.run('far', ALWAYS, { signal: AbortSignal.abort() })).toMatchObject({ isComplete: false })
  })

  it('an event that goes while it is exchanged is counted and not waited for', async () => {
    const [near, far] = [await openSide(cleanUp), await openSide(cleanUp)]
    const all: VerifiedEvent[] = posts(40)
    await putOpen(far, all)
    const { encoded } = far.events
    Object.assign(far.events, { encoded: (id: string) => (id === all[7]!.id ? undefined : encoded(id)) })
    const report = await near.syncWith(() => connect(far)).run('far', ALWAYS)
    expect(report).toMatchObject({
      learned: 39,
      refused: 1,
      isComplete: false,
      reason: expect.stringContaining('1 event'),
    })
  })
})
