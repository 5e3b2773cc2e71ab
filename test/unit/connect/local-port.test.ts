/** The port of `connect` on this machine, with a TCP server in the place of the node. */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openLocalPort } from '../../../src/connect/local-port.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { until } from '../../support/until.ts'

const cleanUp = useCleanUp()

/** A node that does this with each connection. */
async function nodeThat(serves: (socket: Socket) => void): Promise<() => Promise<Socket>> {
  const server: Server = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', () => {})
    serves(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp.add(() => void server.close())
  return async () => {
    const socket = connect({
      port: (server.address() as { port: number }).port,
      host: '127.0.0.1',
      allowHalfOpen: true,
    })
    await once(socket, 'connect')
    return socket
  }
}

async function portTo(open: () => Promise<Socket>) {
  const local = await openLocalPort({ port: 0, open, whyNot: () => 'Your node does not answer.' })
  cleanUp.add(() => local.close())
  return () => {
    const socket = connect(local.port, '127.0.0.1')
    cleanUp.add(() => socket.destroy())
    return socket
  }
}

test('whatever is said goes both ways, to its end', async () => {
  const dial = await portTo(await nodeThat(socket => socket.pipe(socket)))
  const socket = dial()
  const sent = 'not HTTP at all '.repeat(50_000)
  socket.end(sent)
  expect(await text(socket)).toBe(sent)
})

test('without a way a request gets 503 and why', async () => {
  const dial = await portTo(() => Promise.reject(new Error('no way')))
  const socket = dial()
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 503 /)
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual({ Error: 'Your node does not answer.', code: 'no-way' })
})

test('a way that breaks before the answer gives 502; half an answer is no whole one', async () => {
  const dial = await portTo(await nodeThat(socket => void socket.once('data', () => socket.resetAndDestroy())))
  const socket = dial()
  socket.write('GET / HTTP/1.1\r\n\r\n')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 502 .*The way to your node broke/s)

  const halfWay = await portTo(
    await nodeThat(
      one =>
        void one.once('data', () =>
          one.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', () =>
            setImmediate(() => one.resetAndDestroy()),
          ),
        ),
    ),
  )
  const half = halfWay()
  half.write('GET / HTTP/1.1\r\n\r\n')
  await expect(text(half)).rejects.toThrow('ECONNRESET')
})

test('who says nothing costs the node nothing, and more than so many are not let in', async () => {
  let opened = 0
  const node = await nodeThat(socket => void socket.resume())
  const dial = await portTo(() => {
    opened += 1
    return node()
  })
  const silent = Array.from({ length: 56 }, () => dial())
  await Promise.all(silent.map(socket => once(socket, 'connect')))
  const oneTooMany = dial()
  oneTooMany.on('error', () => {})
  await once(oneTooMany, 'close')
  expect(opened).toBe(0)
  silent[0]!.destroy()
  await until('that there is room again', async () => {
    const socket = dial()
    socket.on('error', () => {})
    socket.write('hello')
    await Promise.race([once(socket, 'close'), until('a stream', () => opened === 1, 500).catch(() => {})])
    return opened > 0
  })
})
