/** The client side on real sockets of this machine. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { get as httpsGet } from 'node:https'
import { connect, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { CertificateError } from '../../src/api/certificates.ts'
import { type ApiServer, ListenError, type ServerOptions, startServer } from '../../src/api/server.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { type LogFields, silent } from '../../src/observe/log.ts'
import { MAX_BODY_BYTES } from '../../src/wire/limits.ts'
import { type ClientSide, createClientSide, PULL, post } from '../unit/api/client-side.ts'
import { selfSigned } from './api-certificate.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function serve(side: ClientSide, changes: Partial<ServerOptions> = {}): Promise<ApiServer> {
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    fetch: side.app.fetch,
    clock: systemClock,
    log: silent,
    ...changes,
  })
  cleanUps.push(() => server.close())
  return server
}

interface Wire {
  readonly socket: Socket
  /** Everything received so far, one character a byte. */
  text(): string
  /** Ends when what was received contains this. */
  until(wanted: string | RegExp): Promise<string>
  closed(): Promise<string>
}

function wire(socket: Socket): Wire {
  cleanUps.push(() => socket.destroy())
  let text = ''
  socket.on('data', data => {
    text += data.toString('latin1')
  })
  // A reset is one of the ways in which a server hangs up.
  socket.on('error', () => socket.destroy())
  const closed = new Promise<string>(resolve => socket.once('close', () => resolve(text)))
  return {
    socket,
    text: () => text,
    closed: () => closed,
    until(wanted) {
      const there = () => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text))
      if (there()) return Promise.resolve(text)
      return new Promise((resolve, reject) => {
        socket.on('data', () => there() && resolve(text))
        socket.once('close', () => reject(new Error(`closed before ${wanted}: ${text}`)))
      })
    },
  }
}

function dial(server: ApiServer, host = '127.0.0.1'): Promise<Wire> {
  const socket = connect(server.port, host)
  const line = wire(socket)
  return new Promise(resolve => socket.once('connect', () => resolve(line)))
}

/** A request as the phone client sends it. */
function phone(server: ApiServer, path: string, body: string | Buffer, more: readonly string[] = []): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${server.port}`,
    'content-type: application/json; charset=utf-8',
    'accept: application/octet-stream',
    'Access-Control-Request-Method: POST',
    'Access-Control-Request-Private-Network: true',
    'Accept-Encoding: gzip, deflate',
    `content-length: ${Buffer.byteLength(body)}`,
    ...more,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)])
}

describe('On a connection', () => {
  test('a pull of nothing new takes under 250 bytes with its headers', async () => {
    const side = createClientSide({ query: async () => ({ events: [], cursor: 'c'.repeat(28), more: false }) })
    const server = await serve(side)
    const line = await dial(server)
    line.socket.write(phone(server, '/req', JSON.stringify(PULL)))
    const answer = await line.until('Evts\x90')
    expect(answer.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true)
    expect(answer).toContain('Connection: keep-alive')
    expect(answer.length).toBeLessThan(250)
  })

  test('requests sent in one go are answered in their order', async () => {
    const side = createClientSide()
    const server = await serve(side)
    const line = await dial(server)
    const posts = Array.from({ length: 20 }, (_, i) => post(`number ${i}`))
    line.socket.write(Buffer.concat(posts.map(event => phone(server, '/publish', JSON.stringify(event)))))
    const text = await line.until(posts.at(-1)!.id)
    const answered = [...text.matchAll(/"id": "([0-9a-f]{64})"/g)].map(match => match[1])
    expect(answered).toEqual(posts.map(({ id }) => id))
    expect(side.events).toHaveLength(20)
  })

  test('a refused request leaves it usable for the next one', async () => {
    const server = await serve(createClientSide())
    const line = await dial(server)
    line.socket.write(phone(server, '/publish', '{"broken'))
    await line.until('unexpected end of JSON input')
    line.socket.write(phone(server, '/req', JSON.stringify(PULL)))
    await line.until('HTTP/1.1 200 OK')
  })

  test('headers beyond 16 KiB are refused with 431', async () => {
    const server = await serve(createClientSide())
    const line = await dial(server)
    line.socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(17_000)}\r\n\r\n`)
    expect(await line.closed()).toContain('431')
  })

  test.each([
    ['two lengths', 'POST /req HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'length and chunks',
      'POST /req HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no Host', 'GET /status HTTP/1.1\r\n\r\n'],
    ['a broken Host', 'GET /status HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'],
  ])('%s ends in 400 and never in an answer', async (_name, bytes) => {
    const server = await serve(createClientSide())
    const line = await dial(server)
    line.socket.write(Buffer.from(bytes, 'latin1'))
    const text = await line.closed()
    expect(text).toContain('400 Bad Request')
    expect(text).not.toMatch(/npub1|\.ts:\d/)
  })

  test('a second Host undoes the trust of the first', async () => {
    const server = await serve(createClientSide())
    for (const hosts of ['Host: localhost\r\nHost: evil.example', 'Host: evil.example\r\nHost: localhost']) {
      const line = await dial(server)
      line.socket.write(`GET /status HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`)
      expect(await line.closed()).toContain('401 Unauthorized')
    }
  })

  test('a body that stops in the middle is answered with 408 when its time is over', async () => {
    const clock = { clock: systemClock, limits: { bodyTimeoutMs: 50 } }
    for (const head of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      const server = await serve(createClientSide(clock))
      const line = await dial(server)
      line.socket.write(
        `POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${head}\r\n\r\n2\r\n{"\r\n`,
      )
      expect(await line.until('in time')).toContain('408 Request Timeout')
      await line.closed()
    }
  })

  test('a gzip bomb is refused with 413', async () => {
    const server = await serve(createClientSide())
    const line = await dial(server)
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024))
    expect(bomb.length).toBeLessThan(MAX_BODY_BYTES)
    line.socket.write(phone(server, '/publish', bomb, ['Content-Encoding: gzip']))
    expect(await line.until('unpacked')).toContain('413')
  })

  test('a body of 10 MiB is refused with 413 before it has arrived, also in chunks', async () => {
    const server = await serve(createClientSide())
    const headers = { 'content-type': 'application/json' }
    const whole = fetch(`${server.origin}/publish`, { method: 'POST', headers, body: Buffer.alloc(10 * 1024 * 1024) })
    expect((await whole).status).toBe(413)
    const line = await dial(server)
    line.socket.write(
      'POST /req HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, ' '), Buffer.from('\r\n')])
    for (let sent = 0; sent <= MAX_BODY_BYTES; sent += 0x10000) line.socket.write(chunk)
    expect(await line.until('unpacked')).toContain('413')
  })

  test('a client that goes away in the middle leaves a node that works', async () => {
    const lines: string[] = []
    const side = createClientSide({ log: (_level, message) => lines.push(message), clock: systemClock })
    const server = await serve(side)
    for (let i = 0; i < 20; i++) {
      const line = await dial(server)
      line.socket.write(phone(server, '/publish', JSON.stringify(post('cut'))).subarray(0, -10))
      line.socket.resetAndDestroy()
    }
    expect((await fetch(`${server.origin}/healthz`)).status).toBe(200)
    expect(lines).toEqual([])
    expect(side.events).toHaveLength(0)
  })
})

describe('Listening', () => {
  test('on IPv6 is trusted like IPv4', async () => {
    const server = await serve(createClientSide(), { host: '::1' })
    expect(server.origin).toBe(`http://[::1]:${server.port}`)
    expect((await fetch(`${server.origin}/status`)).status).toBe(200)
  })

  const lan = Object.values(networkInterfaces())
    .flat()
    .find(address => address !== undefined && !address.internal && address.family === 'IPv4')?.address

  test.skipIf(lan === undefined)('on all addresses opens nothing to the network without the token', async () => {
    const server = await serve(createClientSide(), { host: '0.0.0.0' })
    expect((await fetch(`http://${lan}:${server.port}/status`)).status).toBe(401)
    expect((await fetch(`http://127.0.0.1:${server.port}/status`)).status).toBe(200)
  })

  test.skipIf(lan === undefined)(
    'one address of the network gets 64 connections, and the owner still gets in',
    async () => {
      const server = await serve(createClientSide(), { host: '0.0.0.0' })
      const lines: Wire[] = []
      for (let i = 0; i < 64; i++) lines.push(await dial(server, lan!))
      const beyond = await dial(server, lan!)
      expect(await beyond.closed()).toBe('')
      expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200)
      lines[0]!.socket.destroy()
      await lines[0]!.closed()
      // The server hears of it after its client; what it still refuses until then is dialled again.
      for (;;) {
        const again = await dial(server, lan!)
        again.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
        const text = await Promise.race([again.until('200 OK'), again.closed()]).catch(() => '')
        if (text.includes('200 OK')) break
      }
    },
  )

  test('on a port that is in use fails with that reason', async () => {
    const server = await serve(createClientSide())
    const second = serve(createClientSide(), { port: server.port })
    await expect(second).rejects.toMatchObject({ name: 'ListenError', reason: 'in-use', port: server.port })
    await expect(serve(createClientSide(), { host: '203.0.113.1' })).rejects.toBeInstanceOf(ListenError)
  })

  test('ends within a second, whatever the clients hold open', async () => {
    const never = Promise.withResolvers<{ events: []; more: false }>()
    const server = await serve(createClientSide({ query: () => never.promise }))
    await dial(server)
    const idle = await dial(server)
    idle.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await idle.until('200 OK')
    const busy = await dial(server)
    busy.socket.write(phone(server, '/req', JSON.stringify(PULL)))
    const half = await dial(server)
    half.socket.write('POST /publish HTTP/1.1\r\nHost: loc')
    const began = performance.now()
    await Promise.all([server.close(), server.close()])
    expect(performance.now() - began).toBeLessThan(1_000)
    await Promise.all([idle.closed(), busy.closed(), half.closed()])
    never.resolve({ events: [], more: false })
  })

  test('a request at work is answered before the end', async () => {
    const gate = Promise.withResolvers<{ events: []; more: false }>()
    const asked = Promise.withResolvers<void>()
    const query = () => {
      asked.resolve()
      return gate.promise
    }
    const server = await serve(createClientSide({ query }))
    const line = await dial(server)
    line.socket.write(phone(server, '/req', JSON.stringify(PULL)))
    await asked.promise
    const closed = server.close()
    gate.resolve({ events: [], more: false })
    await line.until('Evts\x90')
    await closed
  })
})

describe('TLS', () => {
  interface Files {
    readonly certFile: string
    readonly keyFile: string
    write(pair: { cert?: string; key?: string }): Promise<void>
  }

  async function files(): Promise<Files> {
    const dir = await mkdtemp(join(tmpdir(), 'nostrp2p-tls-'))
    cleanUps.push(() => rm(dir, { recursive: true }))
    const certFile = join(dir, 'fullchain.pem')
    const keyFile = join(dir, 'privkey.pem')
    const replace = async (file: string, text: string) => {
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
    }
    return {
      certFile,
      keyFile,
      async write({ cert, key }) {
        if (cert !== undefined) await replace(certFile, cert)
        if (key !== undefined) await replace(keyFile, key)
      },
    }
  }

  /** The common name of the certificate that a new connection gets. */
  function shownBy(server: ApiServer): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      })
      socket.once('error', reject)
    })
  }

  function heard(
    logged: { message: string; fields: LogFields | undefined }[],
    message: RegExp,
    listeners: (() => void)[],
  ) {
    return new Promise<void>(resolve => {
      const look = () => logged.some(line => message.test(line.message)) && resolve()
      listeners.push(look)
      look()
    })
  }

  test('serves, and a pair that changes is used by the next connection; a half-written one never', async () => {
    const tls = await files()
    await tls.write(selfSigned('first'))
    const logged: { message: string; fields: LogFields | undefined }[] = []
    const listeners: (() => void)[] = []
    const log: ServerOptions['log'] = (_level, message, fields) => {
      logged.push({ message, fields })
      for (const listener of listeners) listener()
    }
    const server = await serve(createClientSide(), { tls, log, certificateCheckMs: 5 })
    expect(server.origin.startsWith('https://')).toBe(true)
    expect(await shownBy(server)).toBe('first')

    const second = selfSigned('second')
    await tls.write({ cert: second.cert })
    await heard(logged, /old one stays/, listeners)
    expect(await shownBy(server)).toBe('first')
    expect(logged).toHaveLength(1)

    await tls.write({ key: second.key })
    await heard(logged, /read again/, listeners)
    expect(await shownBy(server)).toBe('second')
  })

  test('marks the connection, so that the own origin is the https one', async () => {
    const tls = await files()
    await tls.write(selfSigned('node'))
    const server = await serve(createClientSide(), { tls })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { rejectUnauthorized: false, headers: { origin: `https://localhost:${server.port}` } }
      httpsGet(`${server.origin}/status`, options, answer => {
        answer.resume()
        resolve(answer.statusCode)
      }).once('error', reject)
    })
    expect(status).toBe(200)
  })

  test('a connection that never finishes its handshake does not hold up the end', async () => {
    const tls = await files()
    await tls.write(selfSigned('node'))
    const server = await serve(createClientSide(), { tls })
    const line = await dial(server)
    const began = performance.now()
    await server.close()
    expect(performance.now() - began).toBeLessThan(1_000)
    await line.closed()
  })

  test('does not start with files that are missing or do not belong together', async () => {
    const tls = await files()
    await expect(serve(createClientSide(), { tls })).rejects.toThrow(CertificateError)
    await tls.write({ cert: selfSigned('one').cert, key: selfSigned('two').key })
    await expect(serve(createClientSide(), { tls })).rejects.toThrow(/no pair/)
  })
})
