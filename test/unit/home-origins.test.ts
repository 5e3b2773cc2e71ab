import { describe, expect, it } from 'vitest'
import { homeOrigins } from '../../src/away.ts'

const at = (address: string, more: object = {}) =>
  ({ address, family: address.includes(':') ? 'IPv6' : 'IPv4', internal: false, ...more }) as never
const INTERFACES = {
  lo: [at('127.0.0.1', { internal: true })],
  docker0: [at('172.17.0.1')],
  eth0: [at('192.168.1.20'), at('fd00::20'), at('fe80::1')],
  wlan0: [at('192.168.1.21')],
}

describe('the addresses of a node in its own network (W2.4)', () => {
  it.each<[string, string, readonly string[], readonly string[]]>([
    ['none when it listens on this machine alone', 'http://127.0.0.1:20001', [], []],
    ['the one that it listens on', 'http://192.168.1.20:20001', [], ['http://192.168.1.20:20001']],
    [
      'those of its networks, the bridges of containers last',
      'http://0.0.0.0:20001',
      [],
      ['http://192.168.1.20:20001', 'http://192.168.1.21:20001', 'http://172.17.0.1:20001'],
    ],
    [
      'three at most, IPv4 first',
      'http://[::]:20001',
      [],
      ['http://192.168.1.20:20001', 'http://192.168.1.21:20001', 'http://[fd00::20]:20001'],
    ],
    [
      'the names of its certificate',
      'https://0.0.0.0:20001',
      ['*.example.org', 'home.example.org'],
      ['https://home.example.org:20001'],
    ],
  ])('are %s', (_name, origin, names, homes) => {
    expect(homeOrigins(origin, names, INTERFACES)).toEqual(homes)
  })
})
