import type { PeerId } from '@libp2p/interface'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'
import type { SyncScope } from '../../src/flow/sync.ts'
import { type Clock, systemClock } from '../../src/observe/clock.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { idSetOf } from '../../src/wire/id-set.ts'
import {
  MAX_SYNC_AUTHORS,
  MAX_SYNC_EVENTS,
  MAX_SYNC_FRAME_BYTES,
  MAX_SYNC_MESSAGE_BYTES,
  MAX_SYNC_ROUNDS,
} from '../../src/wire/limits.ts'
import { answerMessage, firstMessage } from '../../src/wire/negentropy.ts'
import type { SyncReply, SyncRequest } from '../../src/wire/sync.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent, strangerKey, unsignedEvent } from '../support/events.ts'
import { type RawPeer, SYNC, startRawPeer } from '../support/raw-peer.ts'
import { answerRaw, type RawAnswer, rawAsker } from '../support/raw-sync.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { MAX_LAG_MS, watchVitals } from '../support/vitals.ts'
import { concat, pack } from '../unit/wire/pack.ts'

const cleanUp = createCleanUp()
const NOW = Math.floor(Date.now() / 1000)
const WINDOW = { since: NOW - 3_600, until: NOW + 60 }
const mallory = personFrom('mallory')
const MiB = 1024 * 1024
/** What waits a minute or longer waits a fiftieth of it: a peer that stalls is given up in a second. */
const hurried: Clock = {
  nowMs: systemClock.nowMs,
  after: (ms, task) => systemClock.after(ms >= 60_000 ? ms / 50 : ms, task),
}

let node: TestNode
let vitals: ReturnType<typeof watchVitals>

beforeAll(async () => {
  node = await startTestNode(cleanUp, { owner: 'alice', tuning: { repairMs: 0 }, clock: hurried })
  for (let i = 0; i < 5; i++) await node.post({ content: `post ${i}` })
  vitals = watchVitals()
})
afterAll(() => cleanUp.run())

/** A new stranger for each case: a peer at fault is not talked to for an hour. */
async function stranger(): Promise<{ raw: RawPeer; peer: PeerId }> {
  const raw = await startRawPeer(cleanUp, { gossips: false })
  const peer = await raw.connect(node.address)
  return { raw, peer }
}

const sign = (fields: Partial<NostrEvent> = {}) => signedEvent(mallory, { created_at: NOW, content: 'evil', ...fields })
const forged = (content: string) => ({ ...sign({ content }), sig: sign({ content: `not ${content}` }).sig })

async function counter(name: string): Promise<number> {
  return (await node.client.status()).counters[name] ?? 0
}

const isStored = async (event: NostrEvent): Promise<boolean> => (await node.client.req({ ids: [event.id] })).length > 0

const give = (...events: NostrEvent[]): SyncRequest => ({ type: 'events', events: events.map(encodeEvent) })
const openWith = (scope: SyncScope, message = firstMessage(idSetOf([]))): SyncRequest => ({
  type: 'open',
  scope,
  message,
})

describe('who asks and breaks the protocol (Y5): the stream is reset, counted, and there is no time for that peer', () => {
  const open = openWith(WINDOW)
  it.each<[string, (SyncRequest | Uint8Array)[], string]>([
    ['nothing', [new Uint8Array(0)], 'malformed'],
    ['noise', [Uint8Array.from({ length: 500 }, (_, i) => (i * 37 + 11) & 0xff)], 'malformed'],
    ['a claimed array of 2³²−1', [Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)], 'malformed'],
    ['deep nesting', [concat(...Array<number>(5_000).fill(0x91), 0xc0)], 'malformed'],
    ['a message before a scope', [{ type: 'message', message: Uint8Array.of(0x61) }], 'malformed'],
    ['events before a scope', [give(sign())], 'malformed'],
    ['a question before a scope', [{ type: 'want', places: [0] }], 'malformed'],
    ['a window from 1970 to 2100', [openWith({ since: 0, until: 4_102_444_800 })], 'malformed'],
    ['a window of ten years ago', [openWith({ since: NOW - 10 * 365 * 86_400, until: NOW })], 'malformed'],
    [
      '1,001 authors',
      [pack(['open', 1, ['authors', new Uint8Array(32 * (MAX_SYNC_AUTHORS + 1)), 0], Uint8Array.of(0x61)])],
      'malformed',
    ],
    ['noise in place of a negentropy message', [openWith(WINDOW, Uint8Array.of(0x61, 0xff, 0xff))], 'malformed'],
    ['what was never listed', [open, { type: 'want', places: [5] }], 'malformed'],
    ['a place of 2³²−1', [open, { type: 'want', places: [2 ** 32 - 1] }], 'malformed'],
    ['an event that is none', [open, { type: 'events', events: [Uint8Array.of(1, 2, 3)] }], 'malformed'],
    ['a wrong signature', [open, give(forged('open'))], 'bad-signature'],
    ['an event of another time', [open, give(sign({ created_at: NOW - 7_200 }))], 'not-asked'],
    ['a private reply', [open, give(sign({ tags: [['p', strangerKey('x')]] }))], 'not-public'],
    ['a like', [open, give(sign({ kind: KIND.reaction, tags: [['p', strangerKey('x')]] }))], 'not-public'],
    ['a gift wrap', [open, give(sign({ kind: KIND.giftWrap, tags: [['p', strangerKey('x')]] }))], 'not-public'],
    ['settings of a client', [open, give(sign({ kind: KIND.appData, tags: [['d', 'settings']] }))], 'not-public'],
    ['a protected post', [open, give(sign({ tags: [['-']] }))], 'not-public'],
    ['an ephemeral event', [open, give(sign({ kind: 20_001 }))], 'not-public'],
    ['an author who was not asked for', [openWith({ authors: [strangerKey('x')] }), give(sign())], 'not-asked'],
  ])('%s', async (_name, requests, code) => {
    const { raw, peer } = await stranger()
    const before = [await counter(`sync_faults:${code}`), await counter('sync_answers:fault')]
    const asker = await rawAsker(raw, peer)
    for (const request of requests.slice(0, -1)) await asker.ask(request)
    await expect(asker.ask(requests.at(-1)!)).rejects.toThrow()
    expect([await counter(`sync_faults:${code}`), await counter('sync_answers:fault')]).toEqual(before.map(n => n + 1))
    expect(raw.isConnected(peer)).toBe(true)
    const later = await rawAsker(raw, peer)
    expect(await later.open(WINDOW)).toMatchObject({ type: 'no', reason: 'busy', value: 3_600_000 })
    expect(node.node.sync.mayAsk(raw.id)).toBe(false)
    await raw.stop()
  })

  it('a frame that claims to be larger than any, and one without an end, reset the stream before they are read', async () => {
    for (const header of [[0xff, 0xff, 0xff, 0x7f], Array<number>(64).fill(0xff)]) {
      const { raw, peer } = await stranger()
      const stream = await raw.open(peer, SYNC)
      stream.send(Uint8Array.from(header))
      await until('the end of the stream', () => stream.status !== 'open')
      await raw.stop()
    }
  })

  it('a good event among bad ones is stored, the bad ones are not', async () => {
    const { raw, peer } = await stranger()
    const [good, bad] = [sign({ content: 'good' }), forged('bad')]
    const asker = await rawAsker(raw, peer)
    await asker.open(WINDOW)
    expect(await asker.ask(give(good))).toEqual({ type: 'taken', count: 1 })
    await expect(asker.ask(give(bad))).rejects.toThrow()
    expect([await isStored(good), await isStored(bad)]).toEqual([true, false])
    await raw.stop()
  })

  it('what cannot be taken for now, or no more, is no fault: it counts as not taken', async () => {
    const { raw, peer } = await stranger()
    const gone = sign({ content: 'gone' })
    const deletion = sign({ kind: KIND.deletion, tags: [['e', gone.id]] })
    const soon = { since: NOW - 60, until: NOW + 7_200 }
    const asker = await rawAsker(raw, peer)
    await asker.open(soon)
    expect(await asker.ask(give(deletion))).toEqual({ type: 'taken', count: 1 })
    const ahead = sign({ created_at: NOW + 3_600 })
    const expired = sign({ tags: [['expiration', `${NOW - 10}`]] })
    expect(await asker.ask(give(gone, deletion, ahead, expired))).toEqual({ type: 'taken', count: 0 })
    await asker.close()
    for (const event of [gone, ahead, expired]) expect(await isStored(event)).toBe(false)
    await raw.stop()
  })
})

describe('who asks too much (Y5, Y6)', () => {
  it('one that begins again and again is told when to come', async () => {
    const { raw, peer } = await stranger()
    const replies: SyncReply[] = []
    for (let i = 0; i < 20; i++) {
      const asker = await rawAsker(raw, peer)
      replies.push(await asker.open(WINDOW))
      await asker.close()
    }
    const refused = replies.filter(({ type }) => type === 'no')
    expect(refused.length).toBeGreaterThanOrEqual(8)
    expect(refused.at(-1)).toEqual({ type: 'no', reason: 'busy', value: 10_000 })
    await raw.stop()
  })

  it('a second one at the same time, and a fifth peer, are told so', async () => {
    const strangers = await Promise.all(Array.from({ length: 5 }, stranger))
    const askers = await Promise.all(strangers.slice(0, 4).map(({ raw, peer }) => rawAsker(raw, peer)))
    for (const asker of askers) expect(await asker.open(WINDOW)).toMatchObject({ type: 'message' })
    for (const { raw, peer } of [strangers[0]!, strangers[4]!]) {
      const asker = await rawAsker(raw, peer)
      expect(await asker.open(WINDOW)).toEqual({ type: 'no', reason: 'busy', value: 5_000 })
      await asker.close()
    }
    for (const asker of askers) await asker.close()
    const fifth = strangers[4]!
    await until('a place', async () => {
      const asker = await rawAsker(fifth.raw, fifth.peer)
      const { type } = await asker.open(WINDOW)
      await asker.close()
      return type === 'message'
    })
    await Promise.all(strangers.map(({ raw }) => raw.stop()))
  })

  it('messages without an end, and scopes, are too many at some point', async () => {
    const message = firstMessage(idSetOf([]))
    for (const request of [{ type: 'message', message } as const, openWith(WINDOW)]) {
      const { raw, peer } = await stranger()
      const asker = await rawAsker(raw, peer)
      await asker.open(WINDOW)
      let answered = 0
      await expect(
        (async () => {
          for (; answered <= MAX_SYNC_ROUNDS; answered++) await asker.ask(request)
        })(),
      ).rejects.toThrow()
      expect(answered).toBe(request.type === 'open' ? 31 : MAX_SYNC_ROUNDS - 1)
      await raw.stop()
    }
  })

  it('one that sends and does not read loses the stream', async () => {
    const { raw, peer } = await stranger()
    const stream = await raw.open(peer, SYNC)
    const piece = new Uint8Array(64 * 1024).fill(0x80)
    let sentBytes = 0
    while (stream.status === 'open' && sentBytes < 64 * MiB) {
      if (!stream.send(piece)) await new Promise(resolve => setImmediate(resolve))
      sentBytes += piece.length
    }
    expect(stream.status).not.toBe('open')
    expect(sentBytes).toBeLessThan(8 * MiB + 5 * MAX_SYNC_FRAME_BYTES)
    await raw.stop()
  })

  it('one that opens and falls silent is given up after a minute', async () => {
    const { raw, peer } = await stranger()
    const failed = await counter('sync_answers:failed')
    const asker = await rawAsker(raw, peer)
    await asker.open(WINDOW)
    await until('the end of the stream', () => asker.stream.status !== 'open')
    await until('the count', async () => (await counter('sync_answers:failed')) === failed + 1)
    await raw.stop()
  })
})

describe('who answers and lies (Y5)', () => {
  async function liar(answer: RawAnswer) {
    const { raw } = await stranger()
    await until('a connection at both ends', async () =>
      (await node.client.status()).peers.some(({ id }) => id === raw.id),
    )
    const seen = await answerRaw(raw, answer)
    return { raw, seen, run: (scope: SyncScope = WINDOW) => node.node.sync.run(raw.id, scope) }
  }

  /** Compares as an honest node that holds these. */
  const holding = (events: readonly NostrEvent[], onWant: (places: readonly number[]) => SyncReply): RawAnswer => {
    const set = idSetOf(events)
    return request => {
      if (request.type === 'open' || request.type === 'message') {
        const message = answerMessage(set, request.message, MAX_SYNC_MESSAGE_BYTES)
        if ('rejected' in message) throw new Error(message.reason)
        return { type: 'message', message }
      }
      return request.type === 'want' ? onWant(request.places) : { type: 'taken', count: 0 }
    }
  }
  const offered = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      unsignedEvent(strangerKey('liar'), { created_at: NOW - 60, content: `${i}` }),
    )

  it('ids that are never delivered are counted, and not asked for again', async () => {
    const { raw, seen, run } = await liar(
      holding(offered(700), places => ({ type: 'events', events: places.map(() => null) })),
    )
    const report = await run()
    expect(report).toMatchObject({ learned: 0, refused: 700, isComplete: false })
    expect(report.reason).toContain('700')
    expect(node.node.sync.mayAsk(raw.id)).toBe(true)
    const wants = () => seen.filter(({ type }) => type === 'want').length
    const asked = wants()
    expect(await run()).toMatchObject({ refused: 700 })
    expect(wants()).toBe(asked)
    await raw.stop()
  })

  const other = sign({ content: 'other than asked' })
  const bad = forged('delivered')
  const late = sign({ content: 'late' })
  it.each<[string, RawAnswer, string]>([
    [
      'delivers another event',
      holding(offered(1), () => ({ type: 'events', events: [encodeEvent(other)] })),
      'not-asked',
    ],
    [
      'delivers what does not verify',
      holding([bad], () => ({ type: 'events', events: [encodeEvent(bad)] })),
      'bad-signature',
    ],
    [
      'delivers more than was asked for',
      holding([late], () => ({ type: 'events', events: [null, encodeEvent(late)] })),
      'malformed',
    ],
    ['answers a question with a number', holding([late], () => ({ type: 'taken', count: 1 })), 'malformed'],
    ['answers with nonsense', () => pack(['what', 1]), 'malformed'],
    [
      'answers with bytes that are no message',
      () => ({ type: 'message', message: Uint8Array.of(0x61, 0x80) }),
      'malformed',
    ],
    [
      'takes more than it was given',
      request =>
        request.type === 'events'
          ? { type: 'taken', count: 300 }
          : holding([], () => ({ type: 'taken', count: 0 }))(request, undefined as never),
      'malformed',
    ],
    [
      'never agrees',
      () => ({ type: 'message', message: Uint8Array.of(0x61, 0, 0, 1, ...Array<number>(16).fill(7)) }),
      'malformed',
    ],
  ])('one that %s is not asked again for an hour, and nothing of it is stored', async (_name, answer, code) => {
    const before = await counter(`sync_faults:${code}`)
    const { raw, seen, run } = await liar(answer)
    const report = await run()
    expect(report).toMatchObject({ learned: 0, isComplete: false })
    expect(await counter(`sync_faults:${code}`)).toBe(before + 1)
    expect(seen.length).toBeLessThanOrEqual(MAX_SYNC_ROUNDS + 1)
    expect(node.node.sync.mayAsk(raw.id)).toBe(false)
    expect(await run()).toMatchObject({ isComplete: false, bytes: 0 })
    for (const event of [other, bad, late]) expect(await isStored(event)).toBe(false)
    await raw.stop()
  })

  it('new ids in each answer come to an end', async () => {
    let number = 0
    const { raw, seen, run } = await liar(request => {
      if (request.type === 'want') return { type: 'events', events: request.places.map(() => null) }
      if (request.type === 'events') return { type: 'taken', count: 0 }
      // Lists 8,000 ids, and says that what follows differs.
      const head = Buffer.from([0x61, ...bound(++number), 2, 0xbe, 0x40])
      const ids = Buffer.alloc(8_000 * 32)
      for (let i = 0; i < 8_000; i++) ids.writeUInt32BE(number * 10_000 + i, i * 32)
      return {
        type: 'message',
        message: Buffer.concat([head, ids, Buffer.from([0, 0, 1, ...Array<number>(16).fill(7)])]),
      }
    })
    const report = await run()
    expect(report).toMatchObject({ learned: 0, refused: MAX_SYNC_EVENTS, isComplete: false })
    expect(seen.length).toBeLessThan(MAX_SYNC_EVENTS / 256 + 30)
    await raw.stop()
  })

  it.each<[string, SyncReply]>([
    ['it holds nothing before now', { type: 'no', reason: 'since', value: NOW + 30 }],
    ['it holds nothing at all', { type: 'no', reason: 'since', value: 2 ** 32 - 1 }],
    ['there is too much', { type: 'no', reason: 'too-many', value: 1 }],
    ['another version', { type: 'no', reason: 'version', value: 2 }],
    ['it has no time', { type: 'no', reason: 'busy', value: 10_000 }],
  ])('one that always says that %s is left after some questions', async (_name, reply) => {
    const { raw, seen, run } = await liar(() => reply)
    const report = await run()
    expect(report).toMatchObject({ learned: 0, sent: 0 })
    expect(seen.length).toBeLessThanOrEqual(16)
    expect(node.node.sync.mayAsk(raw.id)).toBe(true)
    await raw.stop()
  })

  it('one that stalls, hangs up, or does not speak the protocol costs its time and nothing else', async () => {
    const silent = await liar(() => undefined)
    expect(await silent.run()).toMatchObject({ isComplete: false, reason: expect.stringContaining('minute') })
    const rude = await liar((_, stream) => {
      stream.abort(new Error('no'))
      return undefined
    })
    expect(await rude.run()).toMatchObject({ isComplete: false })
    await rude.raw.unhandle(SYNC)
    expect(await rude.run()).toMatchObject({ isComplete: false })
    expect(await node.node.sync.run('12D3KooWnobody', WINDOW)).toMatchObject({ isComplete: false })
    for (const { raw } of [silent, rude]) {
      expect(node.node.sync.mayAsk(raw.id)).toBe(true)
      await raw.stop()
    }
  })
})

/** A bound so many seconds after the beginning, without an id. */
function bound(seconds: number): number[] {
  return [seconds + 1, 0]
}

describe('afterwards', () => {
  it('the event loop was never long blocked, and the memory is what it was', () => {
    const { lagP99Ms, grownBytes } = vitals.read()
    expect(lagP99Ms).toBeLessThan(MAX_LAG_MS)
    expect(grownBytes).toBeLessThan(80 * MiB)
  })
})
