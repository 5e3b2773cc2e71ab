import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { openWebSocket } from '../../../src/web/way/web-socket.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { openTcpStream, spokenStream } from '../support/tcp-stream.ts'

const cleanUp = useCleanUp()

async function serve(onSocket: (socket: import('ws').WebSocket) => void): Promise<number> {
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', onSocket)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp.add(() => {
    for (const client of sockets.clients) client.terminate()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function follow(open: Parameters<typeof openWebSocket>[0]) {
  const socket = openWebSocket(open)
  const heard: unknown[] = []
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  socket.onopen = opened.resolve
  socket.onmessage = ({ data }) => heard.push(data)
  socket.onclose = closed.resolve
  return { socket, heard, opened: opened.promise, closed: closed.promise }
}

describe('a WebSocket over a stream', () => {
  it('carries texts of every length both ways, in pieces too, and answers pings', async () => {
    let pongs = 0
    const port = await serve(socket => {
      socket.on('pong', () => {
        pongs++
        socket.close()
      })
      socket.on('message', data => {
        if (String(data) === 'end') {
          socket.send('in ', { fin: false })
          socket.send('pieces', { fin: true })
          socket.ping('still there?')
        } else socket.send(String(data))
      })
    })
    const { socket, heard, opened, closed } = follow(() => openTcpStream(port))
    await opened
    const texts = ['', 'ä', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(65_535)]
    for (const text of texts) socket.send(text)
    socket.send('end')
    await closed
    expect(heard).toEqual([...texts, 'in pieces'])
    expect(pongs).toBe(1)
  })

  it('takes a message of a megabyte, and ends at a longer one', async () => {
    const port = await serve(socket => {
      socket.send('m'.repeat(1024 * 1024))
      socket.send('m'.repeat(1024 * 1024 + 1))
    })
    const { heard, closed } = follow(() => openTcpStream(port))
    await closed
    expect(heard.map(text => String(text).length)).toEqual([1024 * 1024])
  })

  it('says goodbye when it is closed here', async () => {
    const code = Promise.withResolvers<number>()
    const port = await serve(socket => socket.on('close', code.resolve))
    const { socket, opened, closed } = follow(() => openTcpStream(port))
    await opened
    socket.close()
    await closed
    expect(await code.promise).toBe(1000)
  })

  it('closes when there is no stream, no WebSocket, or something that was not agreed on', async () => {
    await follow(() => Promise.reject(new Error('no way'))).closed
    const head = (text: string) => new TextEncoder().encode(text)
    await follow(async () => spokenStream(head('HTTP/1.1 401 No\r\n\r\n'))).closed
    const agreed = head('HTTP/1.1 101 Yes\r\n\r\n')
    const frames = [
      [0xc1, 0], // compressed
      [0x81, 0x80, 0, 0, 0, 0], // masked
      [0x80, 0], // goes on with nothing
      [0x83, 0], // of an unknown kind
      [0x09, 0], // a ping in pieces
      [0x89, 126, 0, 200], // a long ping
      [0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255], // 2^64 bytes
    ]
    for (const frame of frames) {
      const { heard, opened, closed } = follow(async () => spokenStream(agreed, Uint8Array.from(frame)))
      await opened
      await closed
      expect(heard).toEqual([])
    }
  })
})
