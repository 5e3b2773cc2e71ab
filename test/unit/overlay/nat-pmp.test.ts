import { createSocket } from 'node:dgram'
import { expect, test } from 'vitest'
import { mapByPmp } from '../../../src/overlay/nat/nat-pmp.ts'
import { useCleanUp } from '../../support/clean-up.ts'

const cleanUp = useCleanUp()

/** A router of 127.0.0.1 that answers in the way given; undefined is silence. */
async function router(answer: (question: Buffer, nth: number) => Buffer | undefined): Promise<number> {
  const socket = createSocket('udp4')
  cleanUp.add(() => socket.close())
  let nth = 0
  socket.on('message', (question, { port, address }) => {
    const reply = answer(question, nth++)
    if (reply !== undefined) socket.send(reply, port, address)
  })
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  return socket.address().port
}

/** RFC 6886 §3.2 and §3.3. */
function polite(question: Buffer): Buffer {
  if (question[1] === 0) return Buffer.from([0, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113, 8])
  const reply = Buffer.alloc(16)
  reply[1] = question[1]! + 128
  question.copy(reply, 8, 4, 6)
  reply.writeUInt16BE(question.readUInt16BE(6) === 0 ? 0 : 40_000, 10)
  question.copy(reply, 12, 8, 12)
  return reply
}

test('the outer address and port of a mapping are learned', async () => {
  const port = await router(polite)
  const mapping = await mapByPmp('127.0.0.1', 'tcp', 20_000, 3_600, port)
  expect(mapping).toEqual({ address: '203.0.113.8', port: 40_000, lifetimeSeconds: 3_600 })
  expect(await mapByPmp('127.0.0.1', 'udp', 20_000, 0, port)).toMatchObject({ port: 0, lifetimeSeconds: 0 })
})

test('a question that is lost goes out again', async () => {
  const port = await router((question, nth) => (nth === 0 ? undefined : polite(question)))
  expect(await mapByPmp('127.0.0.1', 'tcp', 20_000, 3_600, port)).toMatchObject({ port: 40_000 })
})

test('a refusal, and what is no answer, map nothing', async () => {
  const refusing = await router(question => Buffer.from([0, question[1]! + 128, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]))
  await expect(mapByPmp('127.0.0.1', 'tcp', 20_000, 3_600, refusing)).rejects.toThrow('result 2')
  const babbling = await router((question, nth) => (nth % 2 === 0 ? Buffer.from([7]) : polite(question)))
  expect(await mapByPmp('127.0.0.1', 'tcp', 20_000, 3_600, babbling)).toMatchObject({ port: 40_000 })
})
