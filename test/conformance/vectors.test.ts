/** Runs specification/vectors as another implementation would: from the JSON files alone. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { textOf, VECTORS, vectors } from '../../scripts/make-vectors.ts'
import { eventId, type NostrEvent, serialize } from '../../src/event/event.ts'
import { type Filter, matches, parseFilter } from '../../src/event/filter.ts'
import { bytesToHex, hexToBytes } from '../../src/event/hex.ts'
import { checkWithNoble } from '../../src/event/noble.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { checkClock, parseEvent, verifyEvent, verifySignature } from '../../src/event/verify.ts'
import { decodeAnnouncement, encodeAnnouncement } from '../../src/wire/announcement.ts'
import { decodeDeliver, decodeReceipts, encodeDeliver, encodeReceipts, type Receipt } from '../../src/wire/deliver.ts'
import { decodeEvent, encodeEvent } from '../../src/wire/event-codec.ts'
import {
  decodeFetchPage,
  decodeFetchRequest,
  encodeFetchPage,
  encodeFetchRequest,
  type FetchRequest,
} from '../../src/wire/fetch.ts'
import { decodeHello, encodeHello } from '../../src/wire/hello.ts'
import {
  decodeOwnEvents,
  decodeOwnIds,
  decodeOwnRequest,
  encodeOwnEvents,
  encodeOwnIds,
  encodeOwnRequest,
  type OwnIds,
  type OwnRequest,
} from '../../src/wire/own.ts'
import { encodePullBody } from '../../src/wire/pull-body.ts'
import {
  decodeSyncReply,
  decodeSyncRequest,
  encodeSyncReply,
  encodeSyncRequest,
  type SyncReply,
  type SyncRequest,
} from '../../src/wire/sync.ts'
import { readMarkedPullBody, readPullBody } from '../unit/wire/pull-reader.ts'

interface Case {
  readonly name: string
  readonly event: NostrEvent
  readonly events: readonly NostrEvent[]
  readonly serialized: string
  readonly packet: string
  readonly message: string
  readonly late?: readonly number[]
  readonly body: string
  readonly filter: Record<string, unknown>
  readonly matches: readonly string[]
  readonly value: Record<string, unknown>
  readonly readOnly?: true
  readonly rejected: string
}
interface VectorFile {
  readonly now: number
  readonly events: readonly NostrEvent[]
  readonly cases: readonly Case[]
}

function load(path: string): VectorFile {
  return JSON.parse(readFileSync(join(VECTORS, path), 'utf8')) as VectorFile
}
/** The cases by name, for `it.each`. */
function cases(path: string): [string, Case][] {
  return load(path).cases.map(one => [one.name, one])
}
const codeOf = (value: unknown) => (isRejection(value) ? value.rejected : 'accepted')
const hexOf = (bytes: Uint8Array) => bytesToHex(Uint8Array.from(bytes))

describe('the files', () => {
  it.each(Object.entries(vectors()))('%s is what scripts/make-vectors.ts writes (npm run vectors)', (path, file) => {
    expect(readFileSync(join(VECTORS, path), 'utf8') === textOf(file)).toBe(true)
  })

  it('name each case once', () => {
    for (const [path, file] of Object.entries(vectors())) {
      const names = file.cases.map(({ name }) => name)
      expect([path, new Set(names).size]).toEqual([path, names.length])
    }
  })
})

describe('event', () => {
  const { now } = load('event/valid.json')
  const accept = (input: unknown) => {
    const event = parseEvent(input)
    if (isRejection(event)) return event
    return checkClock(event, now) ?? verifyEvent(event, checkWithNoble)
  }

  it.each(cases('event/valid.json'))('valid: %s', (_name, { event, serialized }) => {
    expect(serialize(event)).toBe(serialized)
    expect(eventId(event)).toBe(event.id)
    expect(accept(event)).toEqual(event)
  })

  it.each(cases('event/invalid.json'))('invalid: %s', (_name, { event, rejected }) => {
    expect(codeOf(accept(event))).toBe(rejected)
  })
})

describe('packet', () => {
  const accept = (packet: string) => {
    const event = decodeEvent(hexToBytes(packet))
    return isRejection(event) ? event : verifySignature(event, checkWithNoble)
  }

  it.each(cases('packet/valid.json'))('valid: %s', (_name, { event, packet }) => {
    expect(hexOf(encodeEvent(event))).toBe(packet)
    expect(accept(packet)).toEqual(event)
  })

  it.each(cases('packet/invalid.json'))('invalid: %s', (_name, { message, rejected }) => {
    expect(codeOf(accept(message))).toBe(rejected)
  })
})

describe('the worked example of event.md (E2, E12)', () => {
  it('is the first vector', () => {
    const text = readFileSync(join(VECTORS, '../event.md'), 'utf8')
    const { event, packet } = load('packet/valid.json').cases[0]!
    expect(text).toContain(`${serialize(event)}\nid  ${event.id}\n`)
    const lines = /^95 .+?(?=^```)/ms.exec(text)![0].split('\n')
    expect(lines.map(line => line.trim().split(/ {3,}/)[0]!.replaceAll(' ', '')).join('')).toBe(packet)
    expect(text).toContain(`auxiliary randomness, ${packet.length / 2} bytes`)
  })
})

describe('filter', () => {
  const { events } = load('filter/valid.json')

  it.each(cases('filter/valid.json'))('valid: %s', (_name, { filter, matches: wanted }) => {
    const parsed = parseFilter(filter)
    expect(isRejection(parsed)).toBe(false)
    expect(events.filter(event => matches(parsed as Filter, event)).map(event => event.id)).toEqual(wanted)
  })

  it.each(cases('filter/invalid.json'))('invalid: %s', (_name, { filter, rejected }) => {
    expect(codeOf(parseFilter(filter))).toBe(rejected)
  })
})

describe('pull', () => {
  it.each(cases('pull/valid.json'))('valid: %s', (_name, { events, late, body }) => {
    expect(hexOf(encodePullBody(events, late)) === body).toBe(true)
    if (late === undefined) expect(readPullBody(hexToBytes(body))).toEqual(events)
    else expect(readMarkedPullBody(hexToBytes(body))).toEqual({ events, late })
  })

  it.each(cases('pull/invalid.json'))('not a body: %s', (_name, { body }) => {
    expect(() => readPullBody(hexToBytes(body))).toThrow()
  })
})

/** A frame of a synchronisation from its JSON. */
function withBytes(frame: { readonly message?: string; readonly events?: readonly (string | null)[] }): object {
  const { message, events } = frame
  return { ...frame, ...(message && { message: bytesOf(message) }), ...(events && { events: events.map(bytesOf) }) }
}

/** A decoder whose value is written as JSON, and the encoder back from there. */
interface MessageCodec {
  readonly decode: (bytes: Uint8Array) => unknown
  readonly encode: (value: never) => Uint8Array
}
const bytesOf = (hex: unknown) => (hex === null ? null : hexToBytes(hex as string))
const listOf = (hexes: unknown) => (hexes as string[]).map(hexToBytes)
const fetchRequest = (json: Record<string, unknown>) =>
  json.want === 'events' ? { ...json, filter: parseFilter(json.filter) as Filter } : json

const CODECS: Readonly<Record<string, MessageCodec>> = {
  hello: {
    decode: decodeHello,
    encode: (value: Parameters<typeof encodeHello>[0]) =>
      encodeHello({ ...value, binding: bytesOf(value.binding), announcements: listOf(value.announcements) }),
  },
  announcement: {
    decode: decodeAnnouncement,
    encode: (value: Parameters<typeof encodeAnnouncement>[0]) =>
      encodeAnnouncement({
        ...value,
        peer: hexToBytes(value.peer as unknown as string),
        addresses: listOf(value.addresses),
        binding: bytesOf(value.binding),
      }),
  },
  deliver: {
    decode: decodeDeliver,
    encode: (value: { request?: string[]; receipts?: Receipt[] }) =>
      value.request ? encodeDeliver(listOf(value.request)) : encodeReceipts(value.receipts ?? []),
  },
  fetch: {
    decode: decodeFetchRequest,
    encode: (value: { request?: Record<string, unknown>; page?: { items: string[]; last: boolean } }) =>
      value.page
        ? encodeFetchPage({ ...value.page, items: listOf(value.page.items) })
        : encodeFetchRequest(fetchRequest(value.request ?? {}) as unknown as FetchRequest),
  },
  own: {
    decode: decodeOwnRequest,
    encode(value: { request?: OwnRequest; page?: OwnIds; events?: (string | null)[] }) {
      if (value.page) return encodeOwnIds(value.page)
      if (value.events) return encodeOwnEvents(value.events.map(bytesOf))
      return encodeOwnRequest(value.request as OwnRequest)
    },
  },
  sync: {
    decode: decodeSyncRequest,
    encode: ({ request, reply }: { request?: object; reply?: object }) =>
      request ? encodeSyncRequest(withBytes(request) as SyncRequest) : encodeSyncReply(withBytes(reply!) as SyncReply),
  },
}
/** The other forms of a message, for the protocols that have a request and replies: field of the value → decoder. */
const REPLIES: Readonly<Record<string, Readonly<Record<string, (bytes: Uint8Array) => unknown>>>> = {
  deliver: { receipts: decodeReceipts },
  fetch: { page: decodeFetchPage },
  own: { page: decodeOwnIds, events: decodeOwnEvents },
  sync: { reply: decodeSyncReply },
}

/** What a decoder gave, with bytes as hex and a request's filter as the request writes it. */
function asJson(kind: string, value: unknown, wanted: Record<string, unknown>): unknown {
  const plain = JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => {
      if (item instanceof Uint8Array) return hexOf(item)
      const buffer = item as { type?: string; data?: number[] } | null
      if (buffer?.type === 'Buffer' && buffer.data) return hexOf(Uint8Array.from(buffer.data))
      return item instanceof Map ? Object.fromEntries(item) : item
    }),
  ) as Record<string, unknown>
  if (kind === 'deliver') return 'receipts' in wanted ? { receipts: plain } : { request: plain }
  const [reply] = Object.keys(REPLIES[kind] ?? {}).filter(field => field in wanted)
  if (kind === 'own' || kind === 'sync') return { [reply ?? 'request']: plain }
  if (kind !== 'fetch') return plain
  if ('page' in wanted) return { page: plain }
  const { tags, ...filter } = (plain.filter ?? {}) as Record<string, unknown>
  const byTag = Object.fromEntries(Object.entries(tags ?? {}).map(([name, values]) => [`#${name}`, values]))
  return { request: plain.want === 'events' ? { ...plain, filter: { ...filter, ...byTag } } : plain }
}

describe.each(Object.entries(CODECS))('%s', (kind, { decode, encode }) => {
  it.each(cases(`${kind}/valid.json`))('valid: %s', (_name, { message, value, readOnly }) => {
    const reply = Object.entries(REPLIES[kind] ?? {}).find(([field]) => field in value)
    const decoder = reply?.[1] ?? decode
    expect(asJson(kind, decoder(hexToBytes(message)), value)).toEqual(value)
    if (!readOnly) expect(hexOf(encode(value as never))).toBe(message)
  })

  it.each(cases(`${kind}/invalid.json`))('invalid: %s', (_name, { message, rejected }) => {
    for (const decoder of [decode, ...Object.values(REPLIES[kind] ?? {})])
      expect(codeOf(decoder(hexToBytes(message)))).toBe(rejected)
  })
})
