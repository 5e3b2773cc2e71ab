import { describe, expect, it } from 'vitest'
import { createIsOwnUrl } from '../../../src/relay/own-urls.ts'

const isOwn = createIsOwnUrl({
  port: () => 20_001,
  addresses: () => ['192.168.1.7', 'fe80::1%eth0', '2001:db8:0:0:0:0:0:1'],
  names: () => ['node.example.org', '*.example.net', 'Pi.local'],
  urls: ['wss://relay.example.com/nostr', 'ws://home.example.com:8080'],
})

describe('an address of the relay itself', () => {
  it.each([
    'ws://127.0.0.1:20001',
    'ws://127.1.2.3:20001/',
    'ws://localhost:20001/k/token/',
    'WSS://LocalHost:20001',
    'http://a.localhost:20001',
    'ws://[::1]:20001',
    'ws://192.168.1.7:20001/any/path?query',
    'ws://[2001:db8::1]:20001',
    'ws://[fe80::1]:20001',
    'wss://node.example.org:20001',
    'wss://a.example.net:20001',
    'ws://pi.local:20001',
    'wss://relay.example.com',
    'wss://relay.example.com:443/',
    'https://RELAY.example.com',
    'ws://home.example.com:8080',
  ])('is %s', url => {
    expect(isOwn(url)).toBe(true)
  })

  it.each([
    '',
    'relay.example.com',
    'ws://',
    'ws://127.0.0.1',
    'ws://127.0.0.1:20002',
    'ws://127.0.0.1.evil.example:20001',
    'ws://localhost.evil.example:20001',
    'ws://evil.example:20001',
    'ws://evil.example/?127.0.0.1:20001',
    'ws://127.0.0.1:20001@evil.example/',
    'ws://user@127.0.0.1:20001',
    'ws://192.168.1.8:20001',
    'wss://a.b.example.net:20001',
    'wss://example.net:20001',
    'wss://node.example.org',
    'ws://relay.example.com',
    'wss://home.example.com:8080.evil.example',
    'ftp://relay.example.com',
    'javascript:alert(1)',
    'wss://relay.example.com:99999',
  ])('is not %j', url => {
    expect(isOwn(url)).toBe(false)
  })
})
