import { describe, expect, test } from 'vitest'
import { isLoopbackAddress, isLoopbackHost, PROXY_HEADERS, type Trust, trustOf } from '../../../src/api/access.ts'

const HOME = '127.0.0.1:20001'

interface Case {
  readonly says: string
  readonly remote?: string | undefined
  readonly secure?: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly trust: Trust
}

const CASES: readonly Case[] = [
  { says: 'a program on this machine is trusted', headers: { host: HOME }, trust: 'trusted' },
  { says: 'over IPv6 too', remote: '::1', headers: { host: '[::1]:20001' }, trust: 'trusted' },
  { says: 'and on a dual-stack socket', remote: '::ffff:127.0.0.1', headers: { host: HOME }, trust: 'trusted' },
  { says: 'and by any address of 127/8', remote: '127.8.9.1', headers: { host: '127.8.9.1' }, trust: 'trusted' },
  { says: 'and by a name below localhost', headers: { host: 'node.localhost:1' }, trust: 'trusted' },
  { says: 'a machine on the LAN is not', remote: '192.168.1.5', headers: { host: HOME }, trust: 'elsewhere' },
  {
    says: 'nor is one that looks like loopback',
    remote: '127.0.0.1.example',
    headers: { host: HOME },
    trust: 'elsewhere',
  },
  { says: 'nor a mapped LAN address', remote: '::ffff:10.0.0.1', headers: { host: HOME }, trust: 'elsewhere' },
  { says: 'nor a transport without sockets', remote: undefined, headers: { host: HOME }, trust: 'elsewhere' },
  { says: 'a rebound DNS name is not trusted', headers: { host: 'evil.example:20001' }, trust: 'foreign-host' },
  {
    says: 'not even when its page is same-origin',
    headers: { host: 'evil.example:20001', origin: 'http://evil.example:20001' },
    trust: 'foreign-host',
  },
  { says: 'a request without Host is not', headers: {}, trust: 'foreign-host' },
  { says: 'localhost in front of a name is not', headers: { host: 'localhost.evil.example' }, trust: 'foreign-host' },
  { says: 'a name in front of 127.0.0.1 is not', headers: { host: 'x127.0.0.1' }, trust: 'foreign-host' },
  {
    says: 'a page of this machine is trusted',
    headers: { host: HOME, origin: 'http://localhost:8080' },
    trust: 'trusted',
  },
  {
    says: 'also when the browser calls that cross-site',
    headers: { host: HOME, origin: 'http://localhost:8080', 'sec-fetch-site': 'cross-site' },
    trust: 'trusted',
  },
  { says: "the node's own page is", headers: { host: HOME, origin: `http://${HOME}` }, trust: 'trusted' },
  {
    says: 'a page elsewhere is not',
    headers: { host: HOME, origin: 'https://evil.example' },
    trust: 'foreign-origin',
  },
  { says: 'nor a sandboxed one', headers: { host: HOME, origin: 'null' }, trust: 'foreign-origin' },
  {
    says: 'nor one that hides localhost behind an @',
    headers: { host: HOME, origin: 'http://localhost@evil.example' },
    trust: 'foreign-origin',
  },
  { says: 'nor one of another scheme', headers: { host: HOME, origin: 'file://localhost' }, trust: 'foreign-origin' },
  {
    says: 'an embedded request of another site is not',
    headers: { host: HOME, 'sec-fetch-site': 'cross-site' },
    trust: 'cross-site',
  },
  { says: 'a typed address is', headers: { host: HOME, 'sec-fetch-site': 'none' }, trust: 'trusted' },
  ...PROXY_HEADERS.map(name => ({
    says: `a request with ${name} came through a proxy`,
    headers: { host: HOME, [name]: '127.0.0.1' },
    trust: 'proxied' as const,
  })),
]

describe('Who is trusted without a token', () => {
  test.each(CASES)('$says', ({ headers, trust, secure = false, ...given }) => {
    const remoteAddress = 'remote' in given ? given.remote : '127.0.0.1'
    expect(trustOf({ remoteAddress, secure, header: name => headers[name] })).toBe(trust)
  })

  test('every mark alone undoes the trust, whatever else speaks for it', () => {
    const good = { host: HOME, origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }
    const marks: readonly Record<string, string>[] = [
      { via: '1.1 x' },
      { host: 'evil.example' },
      { origin: 'https://evil.example' },
    ]
    for (const mark of marks) {
      const headers: Record<string, string> = { ...good, ...mark }
      const facts = { remoteAddress: '127.0.0.1', secure: false, header: (name: string) => headers[name] }
      expect(trustOf(facts), JSON.stringify(mark)).not.toBe('trusted')
    }
  })
})

test('loopback hosts and addresses are told from what resembles them', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:1',
    'a.b.localhost',
    '127.0.0.1',
    '127.255.255.255:9',
    '[::1]',
    '[::1]:9',
  ])
    expect(isLoopbackHost(host), host).toBe(true)
  for (const host of [
    '',
    'localhost:x',
    'localhost.',
    '127.0.0.256',
    '127.1',
    '0.0.0.0',
    '[::]',
    '::1',
    '128.0.0.1',
    'notlocalhost',
  ])
    expect(isLoopbackHost(host), host).toBe(false)
  for (const address of ['0.0.0.0', '::', '::ffff:128.0.0.1', '127.0.0.999', '', 'localhost'])
    expect(isLoopbackAddress(address), address).toBe(false)
})
