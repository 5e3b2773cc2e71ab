import { describe, expect, test } from 'vitest'
import { ACCESS_TOKEN, createClientSide, ELSEWHERE, PULL } from './client-side.ts'

const FLUTTER = 'accept,access-control-request-method,access-control-request-private-network,content-type'

interface Preflight {
  readonly origin?: string
  readonly method?: string
  readonly wanted?: string
  readonly path?: string
  readonly host?: string
}

function preflight({ origin = 'http://localhost:8080', method = 'POST', wanted, path = '/publish', host }: Preflight) {
  const headers: Record<string, string> = { origin, 'access-control-request-method': method }
  if (wanted !== undefined) headers['access-control-request-headers'] = wanted
  if (host !== undefined) headers.host = host
  return createClientSide().send(path, { method: 'OPTIONS', headers, connection: ELSEWHERE })
}

describe('A preflight', () => {
  test.each<[string, Preflight]>([
    ['of a page of this machine', { wanted: 'content-type' }],
    ['without headers of its own', {}],
    ["with the phone client's headers", { wanted: FLUTTER }],
    ['with the same in odd spelling', { wanted: ' Content-Type , ACCEPT,, ' }],
    ['for /req', { path: '/req' }],
    ['for the status', { path: '/status', method: 'GET' }],
    ["of the node's own page", { origin: 'http://node.example:20001', host: 'node.example:20001' }],
    ['of any page on a token path', { origin: 'https://app.example', path: `/k/${ACCESS_TOKEN}/req` }],
    [
      'of any page that will show authorization',
      { origin: 'https://app.example', wanted: 'authorization,content-type' },
    ],
  ])('%s is allowed', async (_name, given) => {
    const answer = await preflight(given)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
    expect(answer.headers.get('access-control-allow-origin')).toBe(given.origin ?? 'http://localhost:8080')
    expect(answer.headers.get('access-control-allow-methods')).toBe(`${given.method ?? 'POST'},OPTIONS`)
    expect(answer.headers.get('access-control-allow-headers')).toContain('Access-Control-Request-Private-Network')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('access-control-allow-private-network')).toBeNull()
    expect(answer.headers.get('vary')).toContain('Origin')
  })

  test.each<[string, Preflight]>([
    ['of a page elsewhere', { origin: 'https://evil.example', wanted: 'content-type' }],
    ['of a sandboxed page', { origin: 'null' }],
    ['with an unknown header', { wanted: 'x-foo' }],
    ['with an unknown header on a token path', { wanted: 'x-foo', path: `/k/${ACCESS_TOKEN}/req` }],
    ['for a method that the path has not', { method: 'GET' }],
    ['for a method of no path', { method: 'DELETE', path: '/req' }],
  ])('%s is refused', async (_name, given) => {
    const answer = await preflight(given)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toBe('{\n  "Error": "Invalid Preflight Request"\n}')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('for the private network is answered as asked', async () => {
    const headers = {
      origin: 'http://localhost:8080',
      'access-control-request-method': 'POST',
      'access-control-request-private-network': 'true',
    }
    const answer = await createClientSide().send('/req', { method: 'OPTIONS', headers })
    expect(answer.headers.get('access-control-allow-private-network')).toBe('true')
  })
})

describe('An answer', () => {
  test('to a page of this machine may be read by it, cursor and all', async () => {
    const answer = await createClientSide().send('/req', { body: PULL, headers: { origin: 'http://localhost:8080' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:8080')
    expect(answer.headers.get('access-control-expose-headers')).toBe(
      'Nostrp2p-Cursor,Nostrp2p-More,Nostrp2p-Events,Nostrp2p-Code',
    )
    expect(answer.headers.get('vary')).toBe('Accept-Encoding, Origin')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('to a page elsewhere is a refusal that it cannot read', async () => {
    const answer = await createClientSide().send('/req', { body: PULL, headers: { origin: 'https://evil.example' } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('to a page elsewhere that shows the token may be read by it', async () => {
    const headers = { origin: 'https://app.example', authorization: `Bearer ${ACCESS_TOKEN}` }
    const answer = await createClientSide().send('/req', { body: PULL, headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
  })

  test.each([
    ['without an Origin', {}],
    ["to the node's own page", { origin: 'http://localhost:20001', 'sec-fetch-site': 'same-origin' }],
  ])('%s carries no CORS header', async (_, headers) => {
    const answer = await createClientSide().send('/req', { body: PULL, headers })
    expect(answer.status).toBe(200)
    expect([...answer.headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
  })
})
