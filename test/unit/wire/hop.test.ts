import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readReserveReply } from '../../../src/wire/hop.ts'
import { SEED } from '../../support/seed.ts'

/** Protocol Buffers by hand: a field of bytes, and one of a varint. */
const bytes = (field: number, value: Uint8Array) => Uint8Array.of((field << 3) | 2, value.length, ...value)
const number = (field: number, value: number) => {
  const digits: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.of(field << 3, ...digits, rest)
    digits.push((rest % 128) | 0x80)
  }
}
const message = (...fields: Uint8Array[]) => Uint8Array.from(Buffer.concat(fields))

const ADDRESS = Uint8Array.of(4, 203, 0, 113, 1, 6, 0x4e, 0x20)
const reservation = message(
  number(1, 1_800_000_000),
  bytes(2, ADDRESS),
  bytes(2, ADDRESS),
  bytes(3, new Uint8Array(40)),
)

test('a place is granted with its end and the addresses of the relay', () => {
  const reply = message(number(1, 2), bytes(3, reservation), number(5, 100))
  expect(readReserveReply(reply)).toEqual({ expires: 1_800_000_000, addresses: [ADDRESS, ADDRESS] })
})

test('a refusal is told in words (overlay.md O10.2)', () => {
  expect(readReserveReply(message(number(1, 2), number(5, 200)))).toEqual({ refused: 'it is full' })
  expect(readReserveReply(message(number(1, 2), number(5, 202)))).toEqual({ refused: 'it does not want to' })
  expect(readReserveReply(message(number(1, 2), number(5, 400)))).toEqual({ refused: 'it answered 400' })
})

test('what is no answer to that question grants nothing', () => {
  for (const reply of [
    message(),
    message(number(1, 2), number(5, 100)),
    message(number(1, 0), bytes(3, reservation), number(5, 100)),
    message(number(1, 2), bytes(3, bytes(2, ADDRESS)), number(5, 100)),
    message(number(1, 2), number(5, 100), Uint8Array.of(0x1a, 0x7f, 1)),
  ])
    expect(readReserveReply(reply)).toHaveProperty('refused')
})

test('arbitrary bytes never throw, and whoever is granted a place gets few addresses', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), noise => {
      const reply = readReserveReply(message(number(1, 2), bytes(3, noise.slice(0, 100)), number(5, 100), noise))
      if ('addresses' in reply) expect(reply.addresses.length).toBeLessThanOrEqual(16)
    }),
    { seed: SEED },
  )
})
