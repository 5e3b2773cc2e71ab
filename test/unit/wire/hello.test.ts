import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import { decodeHello, encodeHello, type Hello } from '../../../src/wire/hello.ts'
import {
  MAX_ABILITIES,
  MAX_AGENT_BYTES,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_HELLO_ANNOUNCEMENTS,
  MAX_HELLO_BYTES,
} from '../../../src/wire/limits.ts'
import { hex32, runs } from '../event/arbitrary-events.ts'
import { pack } from './pack.ts'

const bytes = (length: number) => new Uint8Array(length)
const codeOf = (value: unknown) => {
  const result = decodeHello(value instanceof Uint8Array ? value : pack(value))
  return isRejection(result) ? result.rejected : 'accepted'
}

describe('hello', () => {
  it('comes out as it went in, for any content', () => {
    const hellos: fc.Arbitrary<Hello> = fc.record({
      agent: fc.string({ maxLength: MAX_AGENT_BYTES / 4, unit: 'binary' }),
      abilities: fc.array(fc.string({ maxLength: 20 }), { maxLength: MAX_ABILITIES }),
      owner: fc.option(hex32),
      binding: fc.option(fc.uint8Array({ maxLength: 300 })),
      announcements: fc.array(fc.uint8Array({ maxLength: 500 }), { maxLength: MAX_HELLO_ANNOUNCEMENTS }),
    })
    fc.assert(
      fc.property(hellos, hello => {
        const decoded = decodeHello(encodeHello(hello)) as Hello
        expect(encodeHello(decoded)).toEqual(encodeHello(hello))
        expect([decoded.agent, decoded.abilities, decoded.owner]).toEqual([hello.agent, hello.abilities, hello.owner])
        expect(decoded.announcements.map(item => [...item])).toEqual(hello.announcements.map(item => [...item]))
      }),
      runs(200),
    )
  })

  const fields = ['agent', ['a'], null, null, []]
  const change = (index: number, value: unknown) => fields.with(index, value as never)

  it.each<[string, unknown, unknown]>([
    ['characters of the agent', change(0, 'x'.repeat(MAX_AGENT_BYTES)), change(0, 'x'.repeat(MAX_AGENT_BYTES + 1))],
    ['abilities', change(1, Array(MAX_ABILITIES).fill('')), change(1, Array(MAX_ABILITIES + 1).fill(''))],
    [
      'characters of an ability',
      change(1, ['x'.repeat(MAX_AGENT_BYTES)]),
      change(1, ['x'.repeat(MAX_AGENT_BYTES + 1)]),
    ],
    ['bytes of the owner', change(2, bytes(32)), change(2, bytes(33))],
    [
      'announcements',
      change(4, Array(MAX_HELLO_ANNOUNCEMENTS).fill(bytes(0))),
      change(4, Array(MAX_HELLO_ANNOUNCEMENTS + 1).fill(bytes(0))),
    ],
    [
      'bytes of an announcement',
      change(4, [bytes(MAX_ANNOUNCEMENT_BYTES)]),
      change(4, [bytes(MAX_ANNOUNCEMENT_BYTES + 1)]),
    ],
  ])('takes the limit and refuses one more: %s', (_name, limit, beyond) => {
    expect(codeOf(limit)).toBe('accepted')
    expect(codeOf(beyond)).toBe('malformed')
  })

  it('takes 128 KiB and not a byte more', () => {
    const overhead = pack(change(3, bytes(MAX_HELLO_BYTES / 2))).length - MAX_HELLO_BYTES / 2
    expect(codeOf(change(3, bytes(MAX_HELLO_BYTES - overhead - 2)))).toBe('accepted')
    expect(codeOf(change(3, bytes(MAX_HELLO_BYTES)))).toBe('too-large')
  })

  it.each<[string, unknown]>([
    ['a map', { agent: 'x' }],
    ['a map that looks like a rejection', { rejected: 'no-such-code', reason: 'x' }],
    ['nil', null],
    ['four fields', fields.slice(0, 4)],
    ['a number as agent', change(0, 1)],
    ['bytes as agent', change(0, bytes(3))],
    ['no abilities', change(1, null)],
    ['a number as ability', change(1, [1])],
    ['an owner of 31 bytes', change(2, bytes(31))],
    ['an owner as text', change(2, 'a'.repeat(64))],
    ['a binding as text', change(3, 'x')],
    ['a binding as an array', change(3, [])],
    ['no announcements', change(4, null)],
    ['text as announcement', change(4, ['x'])],
  ])('is not %s', (_name, value) => {
    expect(codeOf(value)).toBe('malformed')
  })

  it('of a later version, with a sixth field, is taken', () => {
    expect(decodeHello(pack([...fields, 'new']))).toEqual(decodeHello(pack(fields)))
  })
})
