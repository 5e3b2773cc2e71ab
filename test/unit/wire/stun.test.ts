import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeStunRequest, encodeStunResponse, readStunRequest, readStunResponse } from '../../../src/wire/stun.ts'
import { SEED } from '../../support/seed.ts'

const TRANSACTION = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex')

test('the mapped addresses of the test vectors of RFC 5769 are written and read (overlay.md O13.1)', () => {
  const ip4 = encodeStunResponse(TRANSACTION, { address: '192.0.2.1', port: 32853 })
  expect(Buffer.from(ip4).toString('hex').slice(40)).toBe('002000080001a147e112a643')
  expect(readStunResponse(ip4, TRANSACTION)).toEqual({ address: '192.0.2.1', port: 32853 })
  const address = '2001:db8:1234:5678:11:2233:4455:6677'
  const ip6 = encodeStunResponse(TRANSACTION, { address, port: 32853 })
  expect(Buffer.from(ip6).toString('hex').slice(40)).toBe('002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9')
  expect(readStunResponse(ip6, TRANSACTION)).toEqual({ address, port: 32853 })
})

test('the binding request that libdatachannel sends is understood', () => {
  const request = Buffer.from('000100142112a44204abc2388e692b89c963a313802200086c69626a7569636580280004a009996b', 'hex')
  expect(Buffer.from(readStunRequest(request)!).toString('hex')).toBe('04abc2388e692b89c963a313')
})

test('a request of our own is at least as large as any answer', () => {
  const request = encodeStunRequest(TRANSACTION)
  expect(Buffer.from(readStunRequest(request)!)).toEqual(TRANSACTION)
  expect(encodeStunResponse(TRANSACTION, { address: 'ff::1', port: 1 }).length).toBeLessThanOrEqual(request.length)
})

test('every address and port comes back as it was', () => {
  const endpoints = fc.record({
    address: fc.oneof(
      fc.ipV4(),
      fc.ipV6().map(text => new URL(`http://[${text}]`).hostname.slice(1, -1)),
    ),
    port: fc.nat(65535),
  })
  fc.assert(
    fc.property(endpoints, endpoint => {
      expect(readStunResponse(encodeStunResponse(TRANSACTION, endpoint), TRANSACTION)).toEqual(endpoint)
    }),
    { seed: SEED },
  )
})

test('an answer to another question is none, and arbitrary bytes are nothing', () => {
  const response = encodeStunResponse(TRANSACTION, { address: '192.0.2.1', port: 1 })
  expect(readStunResponse(response, Buffer.alloc(12))).toBeUndefined()
  expect(readStunRequest(response)).toBeUndefined()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), noise => {
      const withHeader = Buffer.concat([response.subarray(0, 20), noise])
      withHeader.writeUInt16BE(noise.length, 2)
      readStunResponse(withHeader, TRANSACTION)
      expect(readStunRequest(noise)).toBeUndefined()
    }),
    { seed: SEED },
  )
})
