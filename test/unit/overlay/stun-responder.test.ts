import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { expect, test } from 'vitest'
import { createCounters } from '../../../src/observe/counters.ts'
import { silent } from '../../../src/observe/log.ts'
import { startStunResponder } from '../../../src/overlay/doors/stun-responder.ts'
import { QUOTAS } from '../../../src/overlay/quota.ts'
import { encodeStunRequest, readStunResponse } from '../../../src/wire/stun.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { until } from '../../support/until.ts'

const cleanUp = useCleanUp()
const TRANSACTION = Buffer.from('nostrp2pstun')

async function responder(host = '127.0.0.1') {
  const clock = createFakeClock(1_700_000_000_000)
  const counters = createCounters()
  const running = await startStunResponder({ host, port: 0 }, { clock, counters, log: silent })
  cleanUp.add(() => running.close())
  const count = (verdict: string) =>
    [...counters.entries()].find(({ name, label }) => name === 'stun' && label === verdict)?.value ?? 0
  return { ...running, clock, count }
}

async function client(address = '127.0.0.1'): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  cleanUp.add(() => socket.close())
  await new Promise<void>(resolve => socket.bind(0, address, resolve))
  return socket
}

test('a question is answered with the address it came from (overlay.md O13.1)', async () => {
  const { port } = await responder()
  const socket = await client()
  socket.send(encodeStunRequest(TRANSACTION), port, '127.0.0.1')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  expect(readStunResponse(answer, TRANSACTION)).toEqual({ address: '127.0.0.1', port: socket.address().port })
  expect(answer.length).toBeLessThanOrEqual(encodeStunRequest(TRANSACTION).length)
})

/** What browsers send: the header alone. */
function bareQuestion(): Buffer {
  const bare = Buffer.from(encodeStunRequest(TRANSACTION)).subarray(0, 20)
  bare.writeUInt16BE(0, 2)
  return bare
}

test('the bare question of a browser is answered, and what is no question is not (overlay.md O13.2)', async () => {
  const { port, count } = await responder()
  const socket = await client()
  socket.send(bareQuestion(), port, '127.0.0.1')
  const [answer] = (await once(socket, 'message')) as [Buffer]
  expect(readStunResponse(answer, TRANSACTION)).toEqual({ address: '127.0.0.1', port: socket.address().port })
  socket.send(Buffer.from('hello'), port, '127.0.0.1')
  await until('verdicts', () => count('no question') === 1)
  expect(count('answered')).toBe(1)
})

test('a question much shorter than its answer gets none (overlay.md O13.2)', async () => {
  const { port, count } = await responder('::1')
  const socket = await client('::1')
  socket.send(bareQuestion(), port, '::1')
  await until('a verdict', () => count('too short') === 1)
  expect(count('answered')).toBe(0)
})

test('one source gets as many answers as its quota allows; another one still gets its own (overlay.md O13.3)', async () => {
  const { port, count, clock } = await responder()
  const flooder = await client()
  const flood = async (questions: number) => {
    const before = count('answered') + count('too many')
    for (let i = 0; i < questions; i++) flooder.send(encodeStunRequest(TRANSACTION), port, '127.0.0.1')
    await until('verdicts on the flood', () => count('answered') + count('too many') === before + questions)
  }
  await flood(QUOTAS.stun.burst + 40)
  expect([count('answered'), count('too many')]).toEqual([QUOTAS.stun.burst, 40])
  const other = await client('127.0.0.2')
  other.send(encodeStunRequest(TRANSACTION), port, '127.0.0.1')
  await once(other, 'message')
  await clock.pass(1_000)
  await flood(QUOTAS.stun.perSecond + 1)
  expect(count('too many')).toBe(41)
})

test('all sources together get as many as the whole allows (overlay.md O13.3)', async () => {
  const { port, count } = await responder()
  const sources = Math.ceil(QUOTAS.stunTotal.burst / QUOTAS.stun.burst) + 1
  for (let i = 0; i < sources; i++) {
    const socket = await client(`127.0.1.${i + 1}`)
    for (let k = 0; k < QUOTAS.stun.burst; k++) socket.send(encodeStunRequest(TRANSACTION), port, '127.0.0.1')
    const sent = (i + 1) * QUOTAS.stun.burst
    await until('verdicts', () => count('answered') + count('too many') === sent)
  }
  expect(count('answered')).toBe(QUOTAS.stunTotal.burst)
})
