/** A server that takes WebSockets answers other offers of an upgrade as if there were none, on every Node.js. */
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { getRequestListener } from '@hono/node-server'
import { describe, expect, it } from 'vitest'
import { startServer } from '../../src/api/server.ts'
import { createPassBack, wantsWebSocket } from '../../src/api/upgrade.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { silent } from '../../src/observe/log.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { createClientSide, post } from '../unit/api/client-side.ts'
import { selfSigned } from './api-certificate.ts'

const cleanUp = useCleanUp()

/** As before Node.js 22.21: every offer comes as an upgrade. */
async function serve(tls: boolean): Promise<{ open: () => Socket; upgraded: string[] }> {
  const { app } = createClientSide()
  const listener = getRequestListener(request => app.fetch(request, { remoteAddress: '127.0.0.1', exactLength: true }))
  const passBack = createPassBack(listener, {})
  const upgraded: string[] = []
  const pair = selfSigned('localhost')
  const server: Server = tls ? createTlsServer(pair, listener) : createServer(listener)
  server.on('upgrade', (request, socket, head) => {
    upgraded.push(request.headers.upgrade ?? '')
    if (wantsWebSocket(request)) socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    else passBack(request, socket, head)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const sockets: Socket[] = []
  cleanUp.add(() => {
    for (const socket of sockets) socket.destroy()
    server.close().closeAllConnections()
  })
  const open = () => {
    const socket = tls ? connectTls({ port, host: '127.0.0.1', ca: pair.cert, servername: 'localhost' }) : connect(port)
    sockets.push(socket)
    return socket
  }
  return { open, upgraded }
}

const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n'

function answerTo(socket: Socket, pieces: readonly string[]): Promise<string> {
  let text = ''
  socket.on('data', data => {
    text += data
  })
  for (const piece of pieces) socket.write(piece)
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('end', () => resolve(text))
  })
}

it('sends small answers at once on every socket (TCP_NODELAY)', async () => {
  const sockets: Duplex[] = []
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    fetch: () => new Response(''),
    upgrade(_request, socket) {
      sockets.push(socket)
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n')
    },
    clock: systemClock,
    log: silent,
  })
  cleanUp.add(() => server.close())
  const socket = connect(server.port)
  await answerTo(socket, ['GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'])
  // Node.js remembers what it has set there; the system does not tell.
  const flag = Object.getOwnPropertySymbols(sockets[0]!).find(({ description }) => description === 'kSetNoDelay')
  expect(Reflect.get(sockets[0]!, flag!)).toBe(true)
})

describe.each([false, true])('over TLS: %s', tls => {
  it('a GET that offers HTTP/2 gets its answer', async () => {
    const { open, upgraded } = await serve(tls)
    const text = await answerTo(open(), [`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${H2C}\r\n`])
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*"Status": "OK"/)
    expect(upgraded).toEqual(['h2c'])
  })

  it('a POST that offers it is read whole, in how many pieces it may come', async () => {
    const { open } = await serve(tls)
    const body = JSON.stringify(post('hello'))
    const head = `POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${H2C}\r\n`
    for (const pieces of [[head + body], [head, body], [head + body.slice(0, 50), body.slice(50)]]) {
      expect(await answerTo(open(), pieces)).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*"SUCCESS"/)
    }
  })

  it('a WebSocket is one', async () => {
    const { open, upgraded } = await serve(tls)
    const text = await answerTo(open(), [
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n',
    ])
    expect(text).toMatch(/^HTTP\/1.1 101 /)
    expect(upgraded).toEqual(['WebSocket'])
  })
})
