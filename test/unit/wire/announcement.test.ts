import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_CREATED_AT } from '../../../src/event/limits.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { type Announcement, decodeAnnouncement, encodeAnnouncement } from '../../../src/wire/announcement.ts'
import { MAX_ADDRESS_BYTES, MAX_ANNOUNCED_ADDRESSES, MAX_ANNOUNCEMENT_BYTES } from '../../../src/wire/limits.ts'
import { hex32, runs } from '../event/arbitrary-events.ts'
import { pack, raw } from './pack.ts'

const bytes = (length: number) => new Uint8Array(length)
const codeOf = (value: unknown) => {
  const result = decodeAnnouncement(pack(value))
  return isRejection(result) ? result.rejected : 'accepted'
}

describe('announcement', () => {
  it('comes out as it went in, for any content', () => {
    const announcements: fc.Arbitrary<Announcement> = fc.record({
      peer: fc.uint8Array({ maxLength: 64 }),
      issuedAt: fc.integer({ min: 0, max: MAX_CREATED_AT }),
      addresses: fc.array(fc.uint8Array({ maxLength: MAX_ADDRESS_BYTES }), { maxLength: MAX_ANNOUNCED_ADDRESSES }),
      owner: fc.option(hex32),
      binding: fc.option(fc.uint8Array({ maxLength: 300 })),
    })
    fc.assert(
      fc.property(announcements, announcement => {
        const decoded = decodeAnnouncement(encodeAnnouncement(announcement)) as Announcement
        expect(encodeAnnouncement(decoded)).toEqual(encodeAnnouncement(announcement))
        expect([decoded.issuedAt, decoded.owner]).toEqual([announcement.issuedAt, announcement.owner])
        expect([...decoded.peer]).toEqual([...announcement.peer])
      }),
      runs(200),
    )
  })

  const fields = [bytes(38), 1, [bytes(8)], null, null]
  const change = (index: number, value: unknown) => fields.with(index, value as never)

  it.each<[string, unknown, unknown]>([
    ['bytes of the peer ID', change(0, bytes(64)), change(0, bytes(65))],
    [
      'addresses',
      change(2, Array(MAX_ANNOUNCED_ADDRESSES).fill(bytes(1))),
      change(2, Array(MAX_ANNOUNCED_ADDRESSES + 1).fill(bytes(1))),
    ],
    ['bytes of an address', change(2, [bytes(MAX_ADDRESS_BYTES)]), change(2, [bytes(MAX_ADDRESS_BYTES + 1)])],
    ['bytes of the owner', change(3, bytes(32)), change(3, bytes(33))],
  ])('takes the limit and refuses one more: %s', (_name, limit, beyond) => {
    expect(codeOf(limit)).toBe('accepted')
    expect(codeOf(beyond)).toBe('malformed')
  })

  it('takes 8 KiB and not a byte more', () => {
    const overhead = pack(change(4, bytes(4096))).length - 4096
    expect(codeOf(change(4, bytes(MAX_ANNOUNCEMENT_BYTES - overhead)))).toBe('accepted')
    expect(codeOf(change(4, bytes(MAX_ANNOUNCEMENT_BYTES - overhead + 1)))).toBe('too-large')
  })

  it.each<[string, unknown]>([
    ['a map that looks like a rejection', { rejected: 'no-such-code', reason: 'x' }],
    ['four fields', fields.slice(0, 4)],
    ['a peer ID as text', change(0, '12D3')],
    ['no peer ID', change(0, null)],
    ['a time as text', change(1, '1')],
    ['a time as float64', change(1, raw(0xcb, bytes(8)))],
    ['a negative time', change(1, raw(0xff))],
    ['addresses as text', change(2, 'x')],
    ['an address as text', change(2, ['/ip4/127.0.0.1/tcp/1'])],
    ['an owner of 31 bytes', change(3, bytes(31))],
    ['an owner as text', change(3, 'a'.repeat(64))],
    ['a binding as text', change(4, 'x')],
  ])('is not one with %s', (_name, value) => {
    expect(codeOf(value)).toBe('malformed')
  })

  it('of a later version, with a sixth field, is taken', () => {
    expect(decodeAnnouncement(pack([...fields, 'new']))).toEqual(decodeAnnouncement(pack(fields)))
  })
})
