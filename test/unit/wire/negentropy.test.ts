import { NegentropyStorage, Negentropy as PeerNegentropy } from '@nostr-dev-kit/sync'
import fc from 'fast-check'
import { nip77 } from 'nostr-tools'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../../src/event/hex.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { createIdSet, idSetOf } from '../../../src/wire/id-set.ts'
import { MIN_SYNC_MESSAGE_BYTES } from '../../../src/wire/limits.ts'
import { answerMessage, type Differences, firstMessage, readAnswer } from '../../../src/wire/negentropy.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { runs } from '../event/arbitrary-events.ts'

interface Item {
  readonly created_at: number
  readonly id: string
}

const NO_LIMIT = 1_000_000

/** Ids look random and are the same every time. */
const itemAt = (number: number, created_at = 1_700_000_000 + number): Item => {
  const word = (Math.imul(number + 1, 2_654_435_761) >>> 0).toString(16).padStart(8, '0')
  return { created_at, id: (word + number.toString(16).padStart(8, '0')).repeat(4) }
}
const itemsFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => itemAt(from + i))

function accepted<T extends object>(result: T): Exclude<T, { rejected: unknown }> {
  if (isRejection(result)) throw new Error(result.reason)
  return result as Exclude<T, { rejected: unknown }>
}

/** A whole conversation of two of ours. */
function converse(initiator: readonly Item[], responder: readonly Item[], maxBytes = NO_LIMIT) {
  const [own, other] = [idSetOf(initiator), idSetOf(responder)]
  const have: string[] = []
  const need: string[] = []
  let rounds = 0
  let bytes = 0
  for (let next: Uint8Array | undefined = firstMessage(own); next !== undefined; ) {
    if (++rounds > 10_000) throw new Error('does not end')
    const answer = accepted(answerMessage(other, next, maxBytes))
    expect(answer.length).toBeLessThanOrEqual(maxBytes)
    const found: Differences = accepted(readAnswer(own, answer, maxBytes))
    bytes += next.length + answer.length
    have.push(...found.have)
    need.push(...found.need)
    next = found.next
    if (next !== undefined) expect(next.length).toBeLessThanOrEqual(maxBytes)
  }
  return { have, need, rounds, bytes }
}

const missingFrom = (items: readonly Item[], other: readonly Item[]) => {
  const ids = new Set(items.map(({ id }) => id))
  return [...new Set(other.map(({ id }) => id))].filter(id => !ids.has(id)).sort()
}

function expectDifferences(found: { have: string[]; need: string[] }, a: readonly Item[], b: readonly Item[]): void {
  expect(found.have.sort()).toEqual(missingFrom(b, a))
  expect(found.need.sort()).toEqual(missingFrom(a, b))
}

/** Two sets that share most, with many items of one second and ids with long common beginnings. */
const pairOfSets = fc
  .record({
    numbers: fc.uniqueArray(fc.nat({ max: 4_000 }), { maxLength: 700, size: 'max' }),
    seconds: fc.constantFrom(1, 2, 50, 100_000),
    kept: fc.integer({ min: 0, max: 100 }),
  })
  .map(({ numbers, seconds, kept }) => {
    const near = (n: number): Item => ({ ...itemAt(n), id: n.toString(16).padStart(64, '0') })
    const items = numbers.map(n => ({ ...(n % 3 === 0 ? near(n) : itemAt(n)), created_at: 1_000 + (n % seconds) }))
    const isIn = (n: number, salt: number) => Math.imul(n + salt, 2_246_822_519) >>> 0 < (kept / 100) * 2 ** 32
    return [items.filter((_, i) => isIn(numbers[i]!, 1)), items.filter((_, i) => isIn(numbers[i]!, 7))] as const
  })

describe('reconciliation of two sets (N77.1)', () => {
  it('finds what each side lacks, whatever they hold and however small the messages', () => {
    const limits = fc.constantFrom(MIN_SYNC_MESSAGE_BYTES, 5_000, 8_192, 60_000, NO_LIMIT)
    fc.assert(
      fc.property(pairOfSets, limits, ([a, b], maxBytes) => expectDifferences(converse(a, b, maxBytes), a, b)),
      runs(400),
    )
  })

  it('needs one question when both hold the same, nothing included', () => {
    expect(converse(itemsFrom(0, 5_000), itemsFrom(0, 5_000))).toMatchObject({ rounds: 1, have: [], need: [] })
    expect(converse([], [])).toMatchObject({ rounds: 1, have: [], need: [] })
  })

  it('keeps to the smallest message with thousands of differences', () => {
    const [a, b] = [itemsFrom(0, 6_000), itemsFrom(3_000, 9_000)]
    expectDifferences(converse(a, b, MIN_SYNC_MESSAGE_BYTES), a, b)
  })

  it.each([
    ['the other side has', 0, 1_000],
    ['this side has', 1_000, 0],
  ])('costs at most 4 round trips and 40 KiB for the last 1,000 of 100,000, which %s', (_who, mine, theirs) => {
    const [a, b] = [itemsFrom(0, 99_000 + mine), itemsFrom(0, 99_000 + theirs)]
    const result = converse(a, b, 60_000)
    expectDifferences(result, a, b)
    expect(result.rounds).toBeLessThanOrEqual(4)
    expect(result.bytes).toBeLessThanOrEqual(40 * 1024)
  })
})

describe('the set', () => {
  it('holds the ids of a Buffer, which is a view of memory with other things in it', () => {
    const items = itemsFrom(0, 3)
    const memory = Buffer.from(`${'5ec2e7'.repeat(100)}${items.map(({ id }) => id).join('')}`, 'hex')
    const set = createIdSet(
      Uint32Array.from(items, item => item.created_at),
      memory.subarray(300),
    )
    expect([0, 1, 2].map(i => set.hex(i))).toEqual(items.map(({ id }) => id))
  })

  const shuffled = (items: readonly Item[]) => [...items].sort((a, b) => (a.id < b.id ? -1 : 1))

  it('is the same whichever order its items come in, and holds each once', () => {
    const items = Array.from({ length: 3_000 }, (_, n) => itemAt(n, 1_000 + Math.floor(n / 7)))
    const sorted = firstMessage(idSetOf(items))
    for (const order of [shuffled(items), [...items].reverse(), [...items, ...items.slice(0, 100)]]) {
      const set = idSetOf(order)
      expect(set.size).toBe(items.length)
      expect(firstMessage(set)).toEqual(sorted)
    }
  })

  it('takes no more than a blink for 100,000 items as a scan gives them, also of one second', () => {
    const items = itemsFrom(0, 100_000)
    const ids = Buffer.concat(items.map(({ id }) => Buffer.from(id, 'hex')))
    for (const seconds of [Uint32Array.from(items, item => -item.created_at >>> 0), new Uint32Array(items.length)]) {
      const startMs = cpuTimeMs()
      const set = createIdSet(seconds, ids)
      firstMessage(set)
      expect(cpuTimeMs() - startMs).toBeLessThan(1_000)
      expect(set.size).toBe(items.length)
    }
  })
})

describe('other implementations (N77.2)', () => {
  const vectorOf = (items: readonly Item[]) => {
    const vector = new nip77.NegentropyStorageVector()
    for (const { created_at, id } of items) vector.insert(created_at, id)
    vector.seal()
    return vector
  }
  const peerStorageOf = (items: readonly Item[]) =>
    NegentropyStorage.fromEvents(items as unknown as Parameters<typeof NegentropyStorage.fromEvents>[0])

  it('answers nostr-tools, with and without a limit', () => {
    fc.assert(
      fc.property(pairOfSets, fc.constantFrom(4_096, 60_000), ([a, b], maxBytes) => {
        const client = new nip77.Negentropy(vectorOf(a), maxBytes)
        const have: string[] = []
        const need: string[] = []
        const other = idSetOf(b)
        const first = client.initiate()
        if (maxBytes === 60_000) expect(bytesToHex(firstMessage(idSetOf(a)))).toBe(first)
        for (let next: string | null = first; next !== null; ) {
          const answer = accepted(answerMessage(other, hexToBytes(next), maxBytes))
          // Ours in the client's place would ask the same, byte for byte.
          const ours = readAnswer(idSetOf(a), answer, NO_LIMIT)
          next = client.reconcile(
            bytesToHex(answer),
            id => have.push(id),
            id => need.push(id),
          )
          if (maxBytes === 60_000) expect(ours).toMatchObject({ next: next === null ? undefined : hexToBytes(next) })
        }
        expectDifferences({ have, need }, a, b)
      }),
      runs(150),
    )
  })

  /** It writes an id of zeros where the bound is infinite, so messages are compared by what they lead to. */
  it('understands @nostr-dev-kit/sync, and is understood, in both roles', async () => {
    await fc.assert(
      fc.asyncProperty(pairOfSets, async ([a, b]) => {
        const asking = { have: [] as string[], need: [] as string[] }
        const asker = new PeerNegentropy(peerStorageOf(a))
        const [own, other] = [idSetOf(a), idSetOf(b)]
        for (let next: Uint8Array | undefined = await asker.initiate(); next !== undefined; ) {
          const result = await asker.reconcile(accepted(answerMessage(other, next, NO_LIMIT)))
          asking.have.push(...result.have.map(bytesToHex))
          asking.need.push(...result.need.map(bytesToHex))
          next = result.nextMessage
        }
        expectDifferences(asking, a, b)

        const asked = { have: [] as string[], need: [] as string[] }
        const answerer = new PeerNegentropy(peerStorageOf(b))
        for (let next: Uint8Array | undefined = firstMessage(own); next !== undefined; ) {
          const result: Differences = accepted(readAnswer(own, (await answerer.reconcile(next)).nextMessage!, NO_LIMIT))
          asked.have.push(...result.have)
          asked.need.push(...result.need)
          next = result.next
        }
        expectDifferences(asked, a, b)
      }),
      runs(100),
    )
  })
})

describe('messages from outside (N77.3)', () => {
  const set = idSetOf(itemsFrom(0, 1_000))
  const answer = (hex: string) => answerMessage(set, hexToBytes(hex), NO_LIMIT)
  const id = 'ab'.repeat(32)

  it.each([
    ['nothing', ''],
    ['no version byte', '00'],
    ['a version byte of another protocol', '70'],
    ['a bound that is cut off', '6181'],
    ['a number without an end', `61${'80'.repeat(500)}`],
    ['a number beyond 2⁵³', `61${'ff'.repeat(8)}7f0000`],
    ['times that add up beyond 2⁵³', `61${'8fffffffffffff7f0000'.repeat(2)}`],
    ['a prefix of 33 bytes', `610021${'00'.repeat(33)}00`],
    ['a prefix that is cut off', '6100200011'],
    ['no mode', '610000'],
    ['an unknown mode', '61000003'],
    ['a fingerprint that is cut off', `61000001${'00'.repeat(15)}`],
    ['more ids than there are', `6100000202${id}`],
    ['2⁵³ ids', '610000028fffffffffffff7f'],
    ['ranges out of order', `6102014000010120${'00'.repeat(32)}00`],
  ])('refuses %s', (_what, hex) => {
    expect(answer(hex)).toMatchObject({ rejected: 'malformed' })
    expect(readAnswer(set, hexToBytes(hex), NO_LIMIT)).toMatchObject({ rejected: 'malformed' })
  })

  it('tells whoever speaks another version its own by one byte', () => {
    expect(answer('62000102')).toEqual(Uint8Array.of(0x61))
    expect(readAnswer(set, hexToBytes('60'), NO_LIMIT)).toMatchObject({ rejected: 'malformed' })
  })

  it('takes two ranges that end at the same bound, as the reference implementation writes them', () => {
    expect(accepted(answer(`6100000200000001${'00'.repeat(16)}`)).length).toBeGreaterThan(1)
  })

  it('neither throws nor grows by whatever bytes come', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.constantFrom(0, 1, 2, 0x20, 0x80), { maxLength: 300 }).map(list => Uint8Array.from(list)),
    )
    fc.assert(
      fc.property(bytes, input => {
        const message = Uint8Array.of(0x61, ...input)
        const result = answerMessage(set, message, MIN_SYNC_MESSAGE_BYTES)
        if (!isRejection(result)) expect(result.length).toBeLessThanOrEqual(MIN_SYNC_MESSAGE_BYTES)
        const found = readAnswer(set, message, MIN_SYNC_MESSAGE_BYTES)
        if (!isRejection(found)) expect(found.have.length).toBeLessThanOrEqual(set.size)
      }),
      runs(2_000),
    )
  })

  it('costs little for a message that is full of ranges', () => {
    const ranges = '010000'.repeat(150_000)
    const fingerprints = `010001${'00'.repeat(16)}`.repeat(25_000)
    for (const hex of [`61${ranges}`, `61${fingerprints}`, `61${'01000200'.repeat(120_000)}`]) {
      const message = hexToBytes(hex)
      const startMs = cpuTimeMs()
      expect(accepted(answerMessage(set, message, 60_000)).length).toBeLessThanOrEqual(60_000)
      expect(cpuTimeMs() - startMs).toBeLessThan(500)
    }
  })
})
