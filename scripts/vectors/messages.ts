/** Vectors of the messages between nodes and of the pull body (specification/overlay.md, specification/rest-api.md). */
import { hexToBytes } from '../../src/event/hex.ts'
import { encodeAnnouncement } from '../../src/wire/announcement.ts'
import { encodeDeliver, encodeReceipts, type Receipt } from '../../src/wire/deliver.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { encodeFetchPage, encodeFetchRequest } from '../../src/wire/fetch.ts'
import { encodeHello } from '../../src/wire/hello.ts'
import { encodeOwnEvents, encodeOwnIds, encodeOwnRequest } from '../../src/wire/own.ts'
import { encodePullBody } from '../../src/wire/pull-body.ts'
import { validEvents } from './event.ts'
import type { InvalidMessage } from './packet.ts'
import { ALICE, BOB, hexOf, NOW, signed } from './signing.ts'

/** A message and what it says, bytes as hex. `readOnly`: a later version may write it; this one only reads it. */
export interface ValidMessage {
  readonly name: string
  readonly message: string
  readonly value: unknown
  readonly readOnly?: true
}

const post = encodeEvent(signed())
const like = encodeEvent(
  signed(
    {
      kind: 7,
      tags: [
        ['e', signed().id],
        ['p', ALICE.pubkey],
      ],
      content: '+',
    },
    BOB,
  ),
)
/** The multihash of an Ed25519 key of 32 bytes 0x07, and two addresses in multiaddr bytes. */
const peer = `002408011220${'07'.repeat(32)}`
const tcp4 = '047f000001064e20'
const tcp6 = `29${'00'.repeat(15)}01064e20`

export const malformed = (cases: Readonly<Record<string, string>>): InvalidMessage[] =>
  Object.entries(cases).map(([name, message]) => ({ name, message, rejected: 'malformed' }))
/** Cases that every decoder refuses. */
export const NEVER: Readonly<Record<string, string>> = {
  nothing: '',
  nil: 'c0',
  'a map with the key "rejected"': '81a872656a6563746564a866726f6d2d667574',
  'an array that claims 2^32 - 1 elements': 'ddffffffff',
  'a hundred arrays in each other': `${'91'.repeat(100)}c0`,
}

export function validHellos(): ValidMessage[] {
  const full = {
    agent: 'nostrp2p/0.1.0',
    abilities: ['fetch'],
    owner: ALICE.pubkey,
    binding: post,
    announcements: [like],
  }
  const bare = { agent: '', abilities: [], owner: null, binding: null, announcements: [] }
  const value = (hello: typeof full | typeof bare) => ({
    ...hello,
    binding: hello.binding && hexOf(hello.binding),
    announcements: hello.announcements.map(hexOf),
  })
  return [
    { name: 'everything', message: hexOf(encodeHello(full)), value: value(full) },
    { name: 'an unclaimed node that knows nobody', message: hexOf(encodeHello(bare)), value: value(bare) },
    { name: 'a sixth field is passed over', message: '96a090c0c090a36e6577', value: value(bare), readOnly: true },
  ]
}

export function invalidHellos(): InvalidMessage[] {
  return malformed({
    ...NEVER,
    'four fields': '94a090c0c0',
    'an agent of 129 characters': `95d981${'78'.repeat(129)}90c0c090`,
    'an ability that is a number': '95a09101c0c090',
    'an owner of 31 bytes': `95a090c41f${'01'.repeat(31)}c090`,
    'an owner as text': `95a090d940${'61'.repeat(64)}c090`,
    'a binding as text': '95a090c0a17890',
    'an announcement as text': '95a090c0c091a178',
    'a byte after the end': '95a090c0c090c0',
  })
}

export function validAnnouncements(): ValidMessage[] {
  const value = { peer, issuedAt: NOW, addresses: [tcp4, tcp6], owner: ALICE.pubkey, binding: hexOf(post) }
  const bare = { peer, issuedAt: 0, addresses: [], owner: null, binding: null }
  const encoded = ({ peer, addresses, binding, ...rest }: typeof value | typeof bare) =>
    hexOf(
      encodeAnnouncement({
        ...rest,
        peer: hexToBytes(peer),
        addresses: addresses.map(hexToBytes),
        binding: binding === null ? null : hexToBytes(binding),
      }),
    )
  return [
    { name: 'everything', message: encoded(value), value },
    { name: 'an unclaimed node without addresses', message: encoded(bare), value: bare },
    { name: 'a sixth field is passed over', message: `96c426${peer}0090c0c0c3`, value: bare, readOnly: true },
  ]
}

export function invalidAnnouncements(): InvalidMessage[] {
  return malformed({
    ...NEVER,
    'four fields': `94c426${peer}0090c0`,
    'a peer ID as text': '95a4313244330090c0c0',
    'a peer ID of 65 bytes': `95c441${'00'.repeat(65)}0090c0c0`,
    'a time as float64': `95c426${peer}cb41d9a1478000000090c0c0`,
    'seventeen addresses': `95c426${peer}00dc0011${'c40100'.repeat(17)}c0c0`,
    'an address of 257 bytes': `95c426${peer}0091c50101${'00'.repeat(257)}c0c0`,
    'an address as text': `95c426${peer}0091a178c0c0`,
    'an owner of 33 bytes': `95c426${peer}0090c421${'01'.repeat(33)}c0`,
    'a binding as text': `95c426${peer}0090c0a178`,
  })
}

export function validDeliveries(): ValidMessage[] {
  const receipts: Receipt[] = [
    { result: 'stored' },
    { result: 'duplicate' },
    { result: 'superseded' },
    { rejected: 'not-for-us', reason: 'This node does not belong to a recipient.' },
  ]
  const events = [post, like]
  const request = (items: Uint8Array[]) => ({ request: items.map(hexOf) })
  return [
    { name: 'a request with two events', message: hexOf(encodeDeliver(events)), value: request(events) },
    { name: 'a request with none', message: hexOf(encodeDeliver([])), value: request([]) },
    { name: 'a reply with every kind of receipt', message: hexOf(encodeReceipts(receipts)), value: { receipts } },
    {
      name: 'a word of a later version counts as not-for-us',
      message: '9192a46d6f6f6ea154',
      value: { receipts: [{ rejected: 'not-for-us', reason: 'T' }] },
      readOnly: true,
    },
  ]
}

/** Neither a request nor a reply. */
export function invalidDeliveries(): InvalidMessage[] {
  return malformed({
    ...NEVER,
    'a number in the list': '9101',
    'an empty array in the list': '9190',
    'a map in the list': '9180',
    'text in the list': '91a178',
    'a byte after the end': '90c0',
    'more than a hundred entries': `dc0065${'c40100'.repeat(101)}`,
  })
}

export function validFetches(): ValidMessage[] {
  const filter = { authors: [BOB.pubkey], kinds: [1], until: NOW, limit: 50 }
  const byTag = { '#e': [signed().id] }
  const page = { items: [post, like], last: false }
  return [
    {
      name: 'a request for events',
      message: hexOf(encodeFetchRequest({ want: 'events', filter })),
      value: { request: { want: 'events', filter } },
    },
    {
      name: 'a request for events by tag',
      message: hexOf(encodeFetchRequest({ want: 'events', filter: { tags: new Map([['e', [signed().id]]]) } })),
      value: { request: { want: 'events', filter: byTag } },
    },
    {
      name: 'a request for the nodes of two owners',
      message: hexOf(encodeFetchRequest({ want: 'nodes', owners: [ALICE.pubkey, BOB.pubkey] })),
      value: { request: { want: 'nodes', owners: [ALICE.pubkey, BOB.pubkey] } },
    },
    {
      name: 'a page',
      message: hexOf(encodeFetchPage(page)),
      value: { page: { ...page, items: page.items.map(hexOf) } },
    },
    {
      name: 'the last page, empty',
      message: hexOf(encodeFetchPage({ items: [], last: true })),
      value: { page: { items: [], last: true } },
    },
  ]
}

/** Neither a request nor a page. */
export function invalidFetches(): InvalidMessage[] {
  return malformed({
    ...NEVER,
    'an empty array': '90',
    'an unknown word': '92a46d6f6f6e80',
    'a filter as text': '92a66576656e7473a27b7d',
    'a filter with ids as bytes': `92a66576656e747381a369647391c420${'01'.repeat(32)}`,
    'a filter with a negative time': '92a66576656e747381a573696e6365ff',
    'owners of 31 bytes': `92a56e6f64657391c41f${'01'.repeat(31)}`,
    'an owner as text': `92a56e6f64657391d940${'61'.repeat(64)}`,
    'a page whose end is a number': '929001',
    'a page with text': '9291a178c3',
  })
}

export function validOwns(): ValidMessage[] {
  const ids = [signed().id, signed({ content: 'another' }).id]
  return [
    {
      name: 'a request from the beginning',
      message: hexOf(encodeOwnRequest({ want: 'ids', cursor: '' })),
      value: { request: { want: 'ids', cursor: '' } },
    },
    {
      name: 'a request from a cursor',
      message: hexOf(encodeOwnRequest({ want: 'ids', cursor: '0011223344556677.abc' })),
      value: { request: { want: 'ids', cursor: '0011223344556677.abc' } },
    },
    {
      name: 'a request for two events',
      message: hexOf(encodeOwnRequest({ want: 'events', ids })),
      value: { request: { want: 'events', ids } },
    },
    {
      name: 'two ids and where to go on',
      message: hexOf(encodeOwnIds({ ids, cursor: '0011223344556677.abd', isAnew: false })),
      value: { page: { ids, cursor: '0011223344556677.abd', isAnew: false } },
    },
    {
      name: 'nothing new',
      message: hexOf(encodeOwnIds({ ids: [], cursor: '', isAnew: true })),
      value: { page: { ids: [], cursor: '', isAnew: true } },
    },
    {
      name: 'an event, and one that is gone',
      message: hexOf(encodeOwnEvents([post, null])),
      value: { events: [hexOf(post), null] },
    },
  ]
}

/** Neither a request nor a reply. */
export function invalidOwns(): InvalidMessage[] {
  return malformed({
    ...NEVER,
    'an unknown word': '92a3616c6ca0',
    'a cursor that is a number': '92a369647307',
    'a cursor of 161 characters': `92a3696473d9a1${'61'.repeat(161)}`,
    'ids as a list': `92a66576656e747391c420${'01'.repeat(32)}`,
    'half an id': `92a66576656e7473c421${'01'.repeat(33)}`,
    'a map in the list': '9180',
    'a byte after the end': '90c0',
  })
}

export function validPulls() {
  const events = validEvents().map(({ event }) => event)
  const long = signed({ content: 'x'.repeat(256), tags: Array(16).fill(['t', 'é']) })
  return [
    { name: 'no events', events: [], body: hexOf(encodePullBody([])) },
    { name: 'one post', events: [signed()], body: hexOf(encodePullBody([signed()])) },
    { name: 'wider headers', events: [long], body: hexOf(encodePullBody([long])) },
    { name: 'sixteen events and more', events, body: hexOf(encodePullBody(events)) },
    { name: 'with a cursor, none late', events: [signed()], late: [], body: hexOf(encodePullBody([signed()], [])) },
    { name: 'with a cursor, some late', events, late: [0, 2], body: hexOf(encodePullBody(events, [0, 2])) },
  ]
}

/** Bodies that a node must never write, because the phone client does not read them. */
export function invalidPulls() {
  const body = hexOf(encodePullBody([signed({ tags: [['t', 'x']] })]))
  const but = (part: string, other: string) => {
    if (!body.includes(part)) throw new Error(`no ${part} in the body`)
    return body.replace(part, other)
  }
  const { id, sig } = signed({ tags: [['t', 'x']] })
  return [
    { name: 'nothing', body: '' },
    { name: 'an array of events', body: '90' },
    { name: 'no list', body: '80' },
    { name: 'the last byte missing', body: body.slice(0, -2) },
    { name: 'a byte after the end', body: `${body}c0` },
    { name: 'Created_at as uint32', body: but('cb41d9a14780000000', 'ce66851e00') },
    { name: 'Created_at as uint64', body: but('cb41d9a14780000000', 'cf0000000066851e00') },
    { name: 'Id as text', body: but(`c420${id}`, `d940${Buffer.from(id).toString('hex')}`) },
    { name: 'a tag element as text', body: but('c40174c40178', 'a174a178') },
    { name: 'no signature', body: but(`c440${sig}`, 'c0') },
    { name: 'lower-case names', body: but('a445767473', 'a465767473') },
  ]
}
