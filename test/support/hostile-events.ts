/** Events that no honest client sends, for both ways in; each is as right as it can be beside its one fault. */
import type { NostrEvent } from '../../src/event/event.ts'
import type { RejectionCode } from '../../src/event/rejection.ts'
import { personFrom, signedEvent } from './events.ts'

const DAY = 24 * 3600

export interface HostileEvent {
  readonly name: string
  readonly event: Readonly<Record<string, unknown>>
  /** What a client is told that posts it as the owner. */
  readonly code: RejectionCode
}

/** @param author whose node it is sent to; @param nowSeconds of that node */
export function hostileEvents(author: string, nowSeconds: number): HostileEvent[] {
  const person = personFrom(author)
  const sign = (fields: Partial<NostrEvent> = {}) =>
    signedEvent(person, { created_at: nowSeconds, content: 'hello', ...fields })
  const good: NostrEvent = sign()
  const cases: HostileEvent[] = []
  const add = (name: string, code: RejectionCode, event: object) => {
    cases.push({ name, code, event: event as HostileEvent['event'] })
  }
  const wrongTypes: Record<string, unknown> = {
    null: null,
    'a number': 7,
    'a fraction': 1.5,
    'a negative number': -1,
    'a string': 'x',
    'a boolean': true,
    'an object': {},
    'an array': [],
    'an object with __proto__': JSON.parse('{"__proto__":{"length":64},"length":64}'),
  }
  const right: Record<keyof NostrEvent, readonly string[]> = {
    id: [],
    pubkey: [],
    sig: [],
    created_at: ['a number'],
    kind: ['a number'],
    tags: ['an array'],
    content: ['a string'],
  }
  for (const field of Object.keys(right) as (keyof NostrEvent)[]) {
    for (const [what, value] of Object.entries(wrongTypes)) {
      if (!right[field].includes(what)) add(`${field} is ${what}`, 'malformed', { ...good, [field]: value })
    }
    const { [field]: _, ...rest } = good
    add(`${field} is missing`, 'malformed', rest)
  }
  for (const field of ['id', 'pubkey', 'sig'] as const) {
    add(`${field} in capitals`, 'malformed', { ...good, [field]: good[field].toUpperCase() })
    add(`${field} one digit short`, 'malformed', { ...good, [field]: good[field].slice(1) })
    add(`${field} one digit long`, 'malformed', { ...good, [field]: `${good[field]}0` })
    add(`${field} with a letter that is no digit`, 'malformed', { ...good, [field]: `g${good[field].slice(1)}` })
    add(`${field} with a line break behind it`, 'malformed', { ...good, [field]: `${good[field]}\n` })
  }
  add('an id that is not the hash', 'bad-id', { ...good, id: good.id.replace(/./, c => (c === '0' ? '1' : '0')) })
  add('content that is not what was signed', 'bad-id', { ...good, content: 'good bye' })
  add('a signature of another event', 'bad-signature', { ...good, sig: sign({ content: 'x' }).sig })
  add('a signature of zeros', 'bad-signature', { ...good, sig: '0'.repeat(128) })
  add('a signature out of range', 'bad-signature', { ...good, sig: 'f'.repeat(128) })
  add('dated 15 minutes and more ahead', 'from-future', sign({ created_at: nowSeconds + 1_000 }))
  add('dated after the year 2106', 'malformed', { ...good, created_at: 2 ** 32 })
  add('dated with a number that no integer holds', 'malformed', { ...good, created_at: 1e300 })
  add('expired', 'expired', sign({ tags: [['expiration', `${nowSeconds - DAY}`]] }))
  add('kind 65,536', 'malformed', { ...good, kind: 65_536 })
  add('content of 1 MiB', 'too-large', { ...good, content: 'x'.repeat(1024 * 1024) })
  add('content of 256 KiB and a byte', 'too-large', { ...good, content: 'x'.repeat(256 * 1024 + 1) })
  add('5,000 tags', 'too-large', { ...good, tags: Array.from({ length: 5_000 }, () => ['t', 'x']) })
  add('a tag of 101 elements', 'too-large', { ...good, tags: [Array(101).fill('x')] })
  add('a tag element of 8 KiB and a byte', 'too-large', { ...good, tags: [['t', 'x'.repeat(8 * 1024 + 1)]] })
  add('an empty tag', 'malformed', { ...good, tags: [[]] })
  add('a tag that is no array', 'malformed', { ...good, tags: ['t'] })
  add('a tag element that is no string', 'malformed', { ...good, tags: [['t', 7]] })
  add('a tag element that is null', 'malformed', { ...good, tags: [['t', null]] })
  add('tags nested deeply', 'malformed', { ...good, tags: nested(200) })
  add('half a surrogate pair in the content', 'malformed', { ...good, content: '\ud800' })
  add('half a surrogate pair in a tag', 'malformed', { ...good, tags: [['t', '\udc00']] })
  add('a p tag that is no key', 'malformed', sign({ tags: [['p', '__proto__']] }))
  add(
    '101 recipients',
    'too-large',
    sign({ tags: Array.from({ length: 101 }, (_, i) => ['p', i.toString(16).padStart(64, '0')]) }),
  )
  return cases
}

function nested(depth: number): unknown[] {
  let value: unknown[] = []
  for (let i = 0; i < depth; i++) value = [value]
  return value
}
