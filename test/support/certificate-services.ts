/** In place of Let's Encrypt (RFC 8555) and of libp2p.direct, on loopback: they ask for all that the true ones ask for. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { serverResponds } from '@libp2p/http-peer-id-auth'
import { certificateFor, publicKeyOfRequest } from '../integration/api-certificate.ts'
import type { CleanUp } from './clean-up.ts'

export interface CertificateServices {
  readonly forgeEndpoint: string
  readonly acmeDirectory: string
  /** What nodes have asked to be answered for them, and who they proved to be. */
  readonly asked: readonly { readonly peer: string; readonly value: string; readonly addresses: readonly string[] }[]
  /** Certificates that were signed. */
  issued(): number
  /** From now on nothing is answered but a fault. */
  fail(): void
}

export async function startCertificateServices(cleanUp: CleanUp): Promise<CertificateServices> {
  const key = await generateKeyPair('Ed25519')
  const asked: { peer: string; value: string; addresses: readonly string[] }[] = []
  let names: string[] = []
  let pem = ''
  let issued = 0
  let isBroken = false

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const { method = '', url = '', headers } = request
    const at = (path: string) => `http://${headers.host}/acme/${path}`
    const reply = (status: number, value?: unknown, more: Record<string, string> = {}) => {
      const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
      response.writeHead(status, { 'Replay-Nonce': `nonce-${Math.random()}`, ...more }).end(text)
    }
    if (isBroken) return reply(404)
    const order = () => ({
      status: pem === '' ? 'pending' : 'valid',
      identifiers: names.map(value => ({ type: 'dns', value })),
      authorizations: [at('authorization')],
      finalize: at('finalize'),
      ...(pem !== '' && { certificate: at('certificate') }),
    })
    const answered = asked.length > 0
    const challenge = () => ({
      type: 'dns-01',
      url: at('challenge'),
      token: 'token',
      status: answered ? 'valid' : 'pending',
    })
    switch (url) {
      case '/acme/directory':
        return reply(200, { newNonce: at('nonce'), newAccount: at('account'), newOrder: at('orders') })
      case '/acme/nonce':
        return reply(200)
      case '/acme/account':
        return reply(201, { status: 'valid' }, { Location: at('account/1') })
      case '/acme/orders':
        names = payloadOf(body).identifiers.map(({ value }) => value)
        return reply(201, order(), { Location: at('order') })
      case '/acme/order':
        return reply(200, order(), { Location: at('order') })
      case '/acme/authorization':
        return reply(200, {
          identifier: { type: 'dns', value: names[0]?.replace('*.', '') },
          status: answered ? 'valid' : 'pending',
          challenges: [challenge()],
        })
      case '/acme/challenge':
        return reply(200, challenge())
      case '/acme/finalize':
        pem = certificateFor(publicKeyOfRequest(Buffer.from(payloadOf(body).csr, 'base64url')), names)
        issued += 1
        return reply(200, order(), { Location: at('order') })
      case '/acme/certificate':
        return reply(200, pem, { 'Content-Type': 'application/pem-certificate-chain' })
      case '/v1/_acme-challenge': {
        const { authenticate, info, peerId } = await serverResponds(
          headers.authorization ?? '',
          headers.host ?? '',
          key,
        )
        if (authenticate !== undefined) return reply(401, undefined, { 'WWW-Authenticate': authenticate })
        if (method === 'POST') {
          const { Value: value, Addresses: addresses } = JSON.parse(body) as { Value: string; Addresses: string[] }
          asked.push({ peer: peerId.toString(), value, addresses })
        }
        return reply(200, undefined, info === undefined ? {} : { 'Authentication-Info': info })
      }
      default:
        return reply(404)
    }
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  cleanUp.add(() => server.close().closeAllConnections())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    forgeEndpoint: `${origin}/`,
    acmeDirectory: `${origin}/acme/directory`,
    asked,
    issued: () => issued,
    fail: () => {
      isBroken = true
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}

/** Of a JWS; who signed it does not matter here. */
function payloadOf(body: string): {
  readonly identifiers: readonly { readonly value: string }[]
  readonly csr: string
} {
  const { payload } = JSON.parse(body) as { payload: string }
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}
