/** Vectors of the event as JSON: form, serialisation, id, signature, clock (specification/event.md, E1 to E4). */
import { eventId, type NostrEvent, serialize } from '../../src/event/event.ts'
import { MAX_CREATED_AT, MAX_KIND } from '../../src/event/limits.ts'
import type { RejectionCode } from '../../src/event/rejection.ts'
import { ALICE, BOB, NOW, signed } from './signing.ts'

export interface ValidEvent {
  readonly name: string
  readonly event: NostrEvent
  /** The text that the id is the SHA-256 of. */
  readonly serialized: string
}

export interface InvalidEvent {
  readonly name: string
  readonly event: unknown
  readonly rejected: RejectionCode
}

const EVENTS: Readonly<Record<string, NostrEvent>> = {
  'a post': signed(),
  'the escapes of NIP-01': signed({ content: '\n"\\\r\t\b\f' }),
  'other control characters, escaped in lower-case hex': signed({ content: '\u0000\u0001\u000b\u001f' }),
  'characters that stay as they are': signed({ content: "/\u007f\u0085\u2028\u2029\ufeff\uffff<>&'" }),
  'characters of one to four bytes': signed({ content: 'aé日🎉𐀀\u{10ffff}' }),
  'escapes in a tag': signed({
    tags: [
      ['t', '"\\\n', ''],
      ['__proto__', '🎉'],
    ],
  }),
  'an empty content': signed({ content: '' }),
  'the first second': signed({ created_at: 0 }),
  'a second 900 ahead of the clock': signed({ created_at: NOW + 900 }),
  'the last kind': signed({ kind: MAX_KIND }),
  'a profile': signed({ kind: 0, content: '{"name":"alice"}' }),
  'a reply': signed({
    tags: [
      ['e', 'cd'.repeat(32), '', 'root'],
      ['p', BOB.pubkey],
    ],
  }),
  'a like': signed({
    kind: 7,
    tags: [
      ['e', 'cd'.repeat(32)],
      ['p', BOB.pubkey],
    ],
    content: '+',
  }),
  'an event that expires a second later': signed({ tags: [['expiration', String(NOW + 1)]] }),
  'an expiration that nobody can read counts as none': signed({ tags: [['expiration', 'soon']] }),
  'a binding': signed({
    kind: 30_078,
    tags: [
      ['d', 'nostrp2p/node/12D3KooWHUyeVAphGsDYUmKYHJbDgVSrYFYFRvCYHRfHEwqTs1DF'],
      ['expiration', String(NOW + 15_552_000)],
    ],
    content: '',
  }),
  'by another key': signed({}, BOB),
}

export function validEvents(): ValidEvent[] {
  return Object.entries(EVENTS).map(([name, event]) => ({ name, event, serialized: serialize(event) }))
}

const post = signed()
const { id: _id, ...withoutId } = post
const { sig: _sig, ...withoutSig } = post

export function invalidEvents(): InvalidEvent[] {
  const malformed: Readonly<Record<string, unknown>> = {
    'not an object': 'event',
    'an array': [post],
    nil: null,
    'no id': withoutId,
    'no signature': withoutSig,
    'an id of 63 digits': { ...post, id: post.id.slice(1) },
    'an id in upper case': { ...post, id: post.id.toUpperCase() },
    'a pubkey in upper case': { ...post, pubkey: post.pubkey.toUpperCase() },
    'a pubkey with even prefix': { ...post, pubkey: `02${post.pubkey}` },
    'a signature of 126 digits': { ...post, sig: post.sig.slice(2) },
    'a signature in upper case': { ...post, sig: post.sig.toUpperCase() },
    'created_at as text': { ...post, created_at: String(post.created_at) },
    'created_at with a fraction': { ...post, created_at: 1.5 },
    'created_at before 1970': signed({ created_at: -1 }),
    'created_at beyond 32 bits': signed({ created_at: MAX_CREATED_AT + 1 }),
    'kind as text': { ...post, kind: '1' },
    'kind below 0': signed({ kind: -1 }),
    'kind beyond 16 bits': signed({ kind: MAX_KIND + 1 }),
    'content as null': { ...post, content: null },
    'content with half a surrogate pair': signed({ content: 'x\ud83c' }),
    'a tag with half a surrogate pair': signed({ tags: [['t', '\udf89']] }),
    'tags as an object': { ...post, tags: {} },
    'a tag as text': { ...post, tags: ['t'] },
    'an empty tag': signed({ tags: [[]] }),
    'a number in a tag': { ...post, tags: [['t', 1]] },
    'null in a tag': { ...post, tags: [['t', null]] },
  }
  return [
    ...Object.entries(malformed).map(([name, event]) => ({ name, event, rejected: 'malformed' as const })),
    { name: 'a changed content', event: { ...post, content: 'hello world!' }, rejected: 'bad-id' },
    { name: 'a changed time', event: { ...post, created_at: NOW + 1 }, rejected: 'bad-id' },
    { name: "another author's key", event: { ...post, pubkey: BOB.pubkey }, rejected: 'bad-id' },
    { name: 'the id of another event', event: { ...post, id: EVENTS['a like']?.id }, rejected: 'bad-id' },
    {
      name: 'the signature of another event',
      event: { ...post, sig: EVENTS['a like']?.sig },
      rejected: 'bad-signature',
    },
    { name: 'a signature of zeros', event: { ...post, sig: '0'.repeat(128) }, rejected: 'bad-signature' },
    { name: 'a pubkey that is no point', event: withPubkey(`${'0'.repeat(63)}5`), rejected: 'bad-signature' },
    { name: "the signature of somebody else's key", event: withPubkey(BOB.pubkey), rejected: 'bad-signature' },
    { name: 'a second 901 ahead of the clock', event: signed({ created_at: NOW + 901 }), rejected: 'from-future' },
    { name: 'expired this second', event: signed({ tags: [['expiration', String(NOW)]] }), rejected: 'expired' },
    { name: 'one tag too many', event: signed({ tags: Array(2_001).fill(['t']) }), rejected: 'too-large' },
    { name: 'one element too many', event: signed({ tags: [Array(101).fill('')] }), rejected: 'too-large' },
    { name: 'an element a byte too long', event: signed({ tags: [[`${'é'.repeat(4_096)}x`]] }), rejected: 'too-large' },
  ]
}

/** Right in id, but signed by Alice's key. */
function withPubkey(pubkey: string): NostrEvent {
  const event = { ...signed({}, ALICE), pubkey }
  return { ...event, id: eventId(event) }
}
