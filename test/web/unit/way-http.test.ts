import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHttpStream } from '../../../src/web/way/http-stream.ts'
import { createStreamWay } from '../../../src/web/way/stream-way.ts'
import { WayLost, type WayRequest } from '../../../src/web/way/way.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { openTcpStream, spokenStream } from '../support/tcp-stream.ts'

const cleanUp = useCleanUp()

const get: WayRequest = { method: 'GET', headers: {}, body: null, signal: new AbortController().signal }
const bytesOf = (text: string) => new TextEncoder().encode(text)

async function serve(listener: RequestListener): Promise<{ port: number; server: Server; connections: () => number }> {
  const server = createServer(listener)
  let connections = 0
  server.on('connection', () => {
    connections++
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp.add(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, server, connections: () => connections }
}

function wayTo(port: number) {
  const ending = new AbortController()
  cleanUp.add(() => ending.abort())
  return createStreamWay({
    kind: 'direct',
    open: () => openTcpStream(port),
    ended: ending.signal,
    close: () => ending.abort(),
  })
}

describe('HTTP over a stream', () => {
  it('sends path, query, headers and body whole, and many requests over one stream', async () => {
    const { port, connections } = await serve((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', piece => pieces.push(piece))
      request.on('end', () =>
        response.end(JSON.stringify([request.method, request.url, request.headers, Buffer.concat(pieces).toString()])),
      )
    })
    const way = wayTo(port)
    for (let i = 0; i < 3; i++) {
      const headers = { 'Content-Type': 'application/json' }
      const body = JSON.stringify({ text: 'grüße 🌍', i })
      const response = await way.fetch(`/req?a=${i}`, { ...get, method: 'POST', headers, body })
      expect(response.status).toBe(200)
      const [method, url, got, text] = await response.json()
      expect([method, url, text]).toEqual(['POST', `/req?a=${i}`, body])
      expect(got).toMatchObject({ host: 'node.libp2p', 'content-type': 'application/json' })
    }
    const blob = new Blob(['x'.repeat(200_000)])
    const [, , , text] = await (await way.fetch('/import', { ...get, method: 'POST', body: blob })).json()
    expect(text).toHaveLength(200_000)
    expect(connections()).toBe(1)
  })

  it('reads answers with a length, in chunks, packed, without a body, and up to the end of the stream', async () => {
    const long = 'many words '.repeat(20_000)
    const { port } = await serve((request, response) => {
      if (request.url === '/length') response.end('short')
      else if (request.url === '/chunks') response.write('a').toString() && response.end(long)
      else if (request.url === '/packed') {
        response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(long))
      } else if (request.url === '/none') response.writeHead(204).end()
      else response.writeHead(200, { Connection: 'close' }).end(long)
    })
    const way = wayTo(port)
    const text = async (path: string) => (await way.fetch(path, get)).text()
    expect(await text('/length')).toBe('short')
    expect(await text('/chunks')).toBe(`a${long}`)
    expect(await text('/packed')).toBe(long)
    expect((await way.fetch('/none', get)).status).toBe(204)
    expect(await text('/close')).toBe(long)
    expect(await text('/length')).toBe('short')
  })

  it('waits for a slow reader instead of keeping what it has not read', async () => {
    let written = 0
    const { port } = await serve((_, response) => {
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void => {
        while (written < 64 * 1024 * 1024 && response.write(piece)) written += piece.length
        response.once('drain', more)
      }
      more()
    })
    const response = await wayTo(port).fetch('/export', get)
    const reader = response.body!.getReader()
    await reader.read()
    // What the two sockets hold; nobody reads on.
    await new Promise(resolve => setImmediate(resolve))
    expect(written).toBeLessThan(32 * 1024 * 1024)
    await reader.cancel()
  })

  it('asks six at once, and the others when one of them is done', async () => {
    const open: (() => void)[] = []
    const { port, connections } = await serve((_, response) => void open.push(() => response.end('done')))
    const way = wayTo(port)
    const asked = Array.from({ length: 9 }, (_, i) => way.fetch(`/${i}`, get).then(response => response.text()))
    let answered = 0
    while (answered < 9) {
      await expect.poll(() => open.length).toBeGreaterThan(0)
      expect(connections()).toBeLessThanOrEqual(6)
      open.shift()!()
      answered++
    }
    expect(await Promise.all(asked)).toEqual(Array(9).fill('done'))
    expect(connections()).toBe(6)
  })

  it('asks again on a fresh stream when the node has let the kept one go, but never what must not be done twice', async () => {
    const seen: string[] = []
    const { port } = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      if (seen.length === 2 || seen.length === 5) request.socket.destroy()
      else response.end('ok')
    })
    const way = wayTo(port)
    expect(await (await way.fetch('/a', get)).text()).toBe('ok')
    expect(await (await way.fetch('/req', { ...get, method: 'POST', body: '{}' })).text()).toBe('ok')
    expect(await (await way.fetch('/a', get)).text()).toBe('ok')
    await expect(way.fetch('/devices', { ...get, method: 'POST', body: '{}' })).rejects.toBeInstanceOf(WayLost)
    expect(seen).toEqual(['GET /a', 'POST /req', 'POST /req', 'GET /a', 'POST /devices'])
  })

  it('ends with its signal, before the answer and within it', async () => {
    const { port } = await serve((request, response) => {
      if (request.url === '/begun') response.write('beginning')
    })
    const way = wayTo(port)
    const stop = new AbortController()
    const silent = way.fetch('/silent', { ...get, signal: stop.signal })
    const begun = await way.fetch('/begun', { ...get, signal: stop.signal })
    const text = begun.text()
    const both = Promise.allSettled([silent, text])
    stop.abort(new Error('enough'))
    for (const end of await both) expect(end).toMatchObject({ status: 'rejected', reason: { message: 'enough' } })
  })

  it('breaks with what is under way when the connection ends', async () => {
    const { port } = await serve(() => {})
    const way = wayTo(port)
    const opened = Promise.allSettled([way.fetch('/', get)])
    way.close()
    expect((await opened)[0]).toMatchObject({ status: 'rejected' })
    await expect(way.fetch('/', get)).rejects.toMatchObject({ name: 'WayLost', isUnsent: true })
  })

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 999 Yes\r\n\r\n'],
    ['a line without an end', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(9_000)}`],
    ['too many headers', `HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(65)}\r\n`],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: b\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a body that ends early', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['interim answers without an end', 'HTTP/1.1 103 Early\r\n\r\n'.repeat(9)],
  ])('gives up on %s', async (_, text) => {
    const ask = createHttpStream(spokenStream(bytesOf(text)), () => {}).ask('/', get)
    await expect(ask.then(response => response.text())).rejects.toBeInstanceOf(WayLost)
  })

  it('takes any bytes in any pieces for an answer or for a fault, and comes to an end', async () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 40 }).map(bytesOf))
    const head = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    await fc.assert(
      fc.asyncProperty(head, fc.array(piece, { maxLength: 8 }), async (start, pieces) => {
        const stream = createHttpStream(spokenStream(bytesOf(start), ...pieces), () => {})
        try {
          await (await stream.ask('/', get)).arrayBuffer()
        } catch (error) {
          expect(error).toBeInstanceOf(WayLost)
        }
      }),
    )
  })
})
