/** A push service (RFC 8030) of this machine, and a browser that subscribes there and opens what comes (RFC 8291). */
import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { PushMessage, PushSubscriptionJson } from '../../src/wire/push.ts'
import { selfSigned } from '../integration/api-certificate.ts'
import type { CleanUp } from './clean-up.ts'
import { until } from './until.ts'

export interface Pushed {
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

export interface PushServer {
  /** `https://localhost:<port>` */
  readonly origin: string
  /** The certificate, which is its own authority. */
  readonly ca: string
  readonly pushed: readonly Pushed[]
  /** What the next ones are answered; 201 when nothing is set. */
  readonly answers: { status: number; headers?: Record<string, string> }[]
  /** As soon as there are so many. */
  arrived(count: number): Promise<readonly Pushed[]>
}

export async function startPushServer(cleanUp: CleanUp): Promise<PushServer> {
  const { cert, key } = selfSigned('localhost')
  const pushed: Pushed[] = []
  const answers: PushServer['answers'] = []
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      pushed.push({ path: request.url ?? '', headers, body: Buffer.concat(chunks) })
      const { status, headers: more = {} } = answers.shift() ?? { status: 201 }
      response.writeHead(status, more).end()
    })
  })
  cleanUp.add(() => {
    server.closeAllConnections()
    server.close()
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: cert,
    pushed,
    answers,
    arrived: count => until(`${count} pushes`, () => pushed.length >= count && pushed),
  }
}

export interface Browser {
  readonly subscription: PushSubscriptionJson
  /** What the page's service worker gets. */
  open(pushed: Pushed): PushMessage
}

export function subscribed(server: Pick<PushServer, 'origin'>, name: string): Browser {
  const keys = createECDH('prime256v1')
  const publicKey = keys.generateKeys()
  const auth = randomBytes(16)
  return {
    subscription: {
      endpoint: `${server.origin}/push/${name}`,
      keys: { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') },
    },
    open: ({ body }) => JSON.parse(decrypt(body, keys, auth).toString()) as PushMessage,
  }
}

/** `aes128gcm` (RFC 8188) with the keys of RFC 8291, 3.4. */
function decrypt(body: Buffer, keys: ECDH, auth: Buffer): Buffer {
  const salt = body.subarray(0, 16)
  const idLength = body.readUInt8(20)
  const sender = body.subarray(21, 21 + idLength)
  const sealed = body.subarray(21 + idLength)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender])
  const input = hkdf(keys.computeSecret(sender), auth, info, 32)
  const key = hkdf(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = hkdf(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(-16))
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  const end = padded.lastIndexOf(2)
  if (end === -1) throw new Error('the last record has no end')
  return padded.subarray(0, end)
}

function hkdf(input: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', input, salt, info, length))
}

/** The claims of a VAPID header (RFC 8292) whose signature this key has made. */
export function vapidClaims(authorization: string | undefined, publicKey: string): Record<string, unknown> {
  const [, token = '', key = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization ?? '') ?? []
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(key, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(half => half.toString('base64url'))
  const signer = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: x!, y: y! } })
  const isGood = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: signer, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!isGood || key !== publicKey) throw new Error(`not signed by ${publicKey}`)
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
}
