/** Vectors of the overlay's event encoding (specification/event.md, E12). */
import type { NostrEvent } from '../../src/event/event.ts'
import { hexToBytes } from '../../src/event/hex.ts'
import type { RejectionCode } from '../../src/event/rejection.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { validEvents } from './event.ts'
import { BOB, hexOf, NOW, signed } from './signing.ts'

export interface ValidPacket {
  readonly name: string
  readonly packet: string
  readonly event: NostrEvent
}

export interface InvalidMessage {
  readonly name: string
  readonly message: string
  readonly rejected: RejectionCode
}

const EXTRA: Readonly<Record<string, NostrEvent>> = {
  'hex of 32 and 64 bytes in tags travels as bytes, wherever it stands': signed({
    tags: [['e', 'ab'.repeat(32), 'cd'.repeat(64)], ['ef'.repeat(32)]],
  }),
  'other hex in tags stays text': signed({
    tags: [['x', 'AB'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33), `${'ab'.repeat(32)} `, '']],
  }),
  'a content of 31 bytes, the longest fixstr': signed({ content: 'x'.repeat(31) }),
  'a content of 32 bytes, the shortest str8': signed({ content: 'x'.repeat(32) }),
  'a content of 255 bytes, the longest str8': signed({ content: 'x'.repeat(255) }),
  'a content of 256 bytes, the shortest str16': signed({ content: 'é'.repeat(128) }),
  'fifteen tags, the longest fixarray': signed({ tags: Array(15).fill(['t']) }),
  'sixteen tags, the shortest array16': signed({ tags: Array(16).fill(['t']) }),
  'times and kinds at the widths of integers': signed({ created_at: 65_535, kind: 256 }),
}

export function validPackets(): ValidPacket[] {
  const events = [...validEvents().map(({ name, event }) => [name, event] as const), ...Object.entries(EXTRA)]
  return events.map(([name, event]) => ({ name, packet: hexOf(encodeEvent(event)), event }))
}

/** The parts of the packet of a post, from which the invalid ones are put together. */
const post = hexOf(encodeEvent(signed()))
const SIGNER = `c460${signed().pubkey}${signed().sig}`
const TIME = `ce${NOW.toString(16)}`
const CONTENT = `ab${Buffer.from(signed().content).toString('hex')}`
const packed = (signer: string, time: string, kind: string, tags: string, content: string) =>
  `95${signer}${time}${kind}${tags}${content}`
if (packed(SIGNER, TIME, '01', '90', CONTENT) !== post) throw new Error('the invalid packets have a wrong base')
const key = 'ab'.repeat(32)

export function invalidPackets(): InvalidMessage[] {
  const malformed: Readonly<Record<string, string>> = {
    nothing: '',
    nil: 'c0',
    'a map': '80',
    'a map with the key "rejected"': '81a872656a6563746564a866726f6d2d667574',
    'four fields': `94${SIGNER}${TIME}0190`,
    'six fields': `96${post.slice(2)}c0`,
    'a byte after the end': `${post}c0`,
    'the last byte missing': post.slice(0, -2),
    'array16 around the fields': `dc0005${post.slice(2)}`,
    'the signer as bin16': packed(`c50060${SIGNER.slice(4)}`, TIME, '01', '90', CONTENT),
    'a signer of 95 bytes': packed(`c45f${SIGNER.slice(6)}`, TIME, '01', '90', CONTENT),
    'a time as float64': packed(SIGNER, 'cb41d9a14780000000', '01', '90', CONTENT),
    'a time as uint64': packed(SIGNER, 'cf0000000066851e00', '01', '90', CONTENT),
    'a negative time': packed(SIGNER, 'ff', '01', '90', CONTENT),
    'a kind in two bytes that fits in one': packed(SIGNER, TIME, 'cc01', '90', CONTENT),
    'a kind in three bytes that fits in one': packed(SIGNER, TIME, 'cd0001', '90', CONTENT),
    'a kind beyond 16 bits': packed(SIGNER, TIME, 'ce00010000', '90', CONTENT),
    'a content with a longer header than needed': packed(SIGNER, TIME, '01', '90', `d90b${CONTENT.slice(2)}`),
    'a content as bytes': packed(SIGNER, TIME, '01', '90', `c40b${CONTENT.slice(2)}`),
    'no content': packed(SIGNER, TIME, '01', '90', 'c0'),
    'invalid UTF-8': packed(SIGNER, TIME, '01', '90', 'a2fffe'),
    'half a surrogate pair in UTF-8': packed(SIGNER, TIME, '01', '90', 'a3eda0bc'),
    'an overlong form in UTF-8': packed(SIGNER, TIME, '01', '90', 'a2c181'),
    'no tags': packed(SIGNER, TIME, '01', 'c0', CONTENT),
    'an empty tag': packed(SIGNER, TIME, '01', '9190', CONTENT),
    'a number in a tag': packed(SIGNER, TIME, '01', '9192a16501', CONTENT),
    'an array in a tag': packed(SIGNER, TIME, '01', '9192a16590', CONTENT),
    '32 bytes in a tag as text in hex': packed(
      SIGNER,
      TIME,
      '01',
      `9192a165d940${Buffer.from(key).toString('hex')}`,
      CONTENT,
    ),
    '31 bytes in a tag as bytes': packed(SIGNER, TIME, '01', `9192a165c41f${key.slice(2)}`, CONTENT),
    'an extension type': packed(SIGNER, TIME, '01', '90', 'd40000'),
    'a claimed length of 2^32 - 1': packed(SIGNER, TIME, '01', 'ddffffffff', CONTENT),
    'a claimed text of 2^32 - 1 bytes': packed(SIGNER, TIME, '01', '90', 'dbffffffff'),
    'a hundred arrays in each other': packed(SIGNER, TIME, '01', '91'.repeat(100), CONTENT),
  }
  const forged = { ...signed(), content: 'hello world!' }
  const stolen = { ...signed(), pubkey: BOB.pubkey }
  return [
    ...Object.entries(malformed).map(([name, message]) => ({ name, message, rejected: 'malformed' as const })),
    { name: 'a changed content', message: hexOf(encodeEvent(forged)), rejected: 'bad-signature' },
    { name: "another author's key", message: hexOf(encodeEvent(stolen)), rejected: 'bad-signature' },
    { name: 'an element a byte too long', message: hexOf(longElement()), rejected: 'too-large' },
  ]
}

function longElement(): Uint8Array {
  const header = hexToBytes(`95${SIGNER}${TIME}019191da2001`)
  return Uint8Array.from([...header, ...new Uint8Array(8_193).fill(0x78), ...hexToBytes(CONTENT)])
}
