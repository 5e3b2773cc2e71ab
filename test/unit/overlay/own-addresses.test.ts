import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { createOwnAddresses } from '../../../src/overlay/nat/own-addresses.ts'

const RELAY = '/ip4/203.0.113.5/tcp/20000/p2p/12D3KooWHo1js8E7maLtQmEGxcw7Xh1hsHnDjjWFGUfzafdaL589/p2p-circuit'
const LAN = '/ip4/192.168.1.2/tcp/20000'
const OWN_PUBLIC = '/ip4/198.51.100.7/tcp/20000'
const listening = [LAN, OWN_PUBLIC].map(address => multiaddr(address))
const listOf = (own: ReturnType<typeof createOwnAddresses>) => own.list(listening).map(String)

test('what the owner named comes first, then what was proved, then what is listened on, then the ways through relays', () => {
  const own = createOwnAddresses(['/dns4/home.example/tcp/4000'])
  own.learn({ outside: ['/ip4/203.0.113.9/tcp/20000'], circuits: [RELAY], hasWebRtc: true })
  expect(listOf(own)).toEqual([
    '/dns4/home.example/tcp/4000',
    '/ip4/203.0.113.9/tcp/20000',
    LAN,
    OWN_PUBLIC,
    RELAY,
    `${RELAY}/webrtc`,
  ])
})

test('O12.6: public addresses at which nobody gets in are not told, those of the LAN are', () => {
  const own = createOwnAddresses([])
  own.learn({ isShut: true })
  expect(listOf(own)).toEqual([LAN])
})

test('a machine with many addresses leaves room for the ways through relays', () => {
  const own = createOwnAddresses([])
  own.learn({ circuits: [RELAY] })
  const many = Array.from({ length: 40 }, (_, i) => multiaddr(`/ip4/10.0.0.${i}/tcp/20000`))
  expect(own.list(many)).toHaveLength(9)
})

test('only news are news', () => {
  const own = createOwnAddresses([])
  expect(own.learn({ circuits: [RELAY] })).toBe(true)
  expect(own.learn({ circuits: [RELAY] })).toBe(false)
})
