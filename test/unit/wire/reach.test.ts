import { expect, test } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import { encode } from '../../../src/wire/msgpack.ts'
import { decodeReach, decodeReachReply, encodeReach, encodeReachReply } from '../../../src/wire/reach.ts'

test('question and answer come back as they were (overlay.md O12.1)', () => {
  expect(decodeReach(encodeReach([20_000, 1, 65_535]))).toEqual([20_000, 1, 65_535])
  const reply = { seen: '2001:db8::1', open: [true, false] }
  expect(decodeReachReply(encodeReachReply(reply))).toEqual(reply)
})

test.each([[[]], [[[]]], [[[0]]], [[[65_536]]], [[['22']]], [[[1, 2, 3, 4]]], ['ports'], [null]])(
  'a question that names no ports, or too many, is malformed: %j',
  question => expect(isRejection(decodeReach(encode(question)))).toBe(true),
)

test.each([[[]], [['203.0.113.1']], [['::1', [1]]], [[1, [true]]]])(
  'an answer without an address or without answers is malformed: %j',
  reply => expect(isRejection(decodeReachReply(encode(reply)))).toBe(true),
)
