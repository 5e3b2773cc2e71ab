import { expect, test } from 'vitest'
import { waysTo } from '../../../src/connect/ways.ts'

const NODE = '12D3KooWHRLkkErfz2Uv6QqhnZ2XfNSNLm5MbSnnjJk6Lx1hiN49'
const HUB = '12D3KooWGskusenspuvzG86rxr5mLmhRqpwUfHDFy6Rin3jiDB9N'

test("home, own addresses and helpers are told apart; what is for browsers is left out (away.md, 'connect')", () => {
  const ways = waysTo(NODE, {
    addresses: [
      `/ip4/11.51.110.10/udp/20002/webrtc-direct/certhash/uEiA/p2p/${HUB}`,
      `/dns/hub.example/tcp/20002/tls/ws/p2p/${HUB}`,
      `/ip4/11.51.110.10/tcp/20000/p2p/${HUB}`,
      `/ip4/11.51.110.10/tcp/20000/p2p/${HUB}/p2p-circuit/p2p/${NODE}`,
      `/ip4/11.51.110.11/tcp/20000/p2p/${NODE}`,
      '/ip4/11.51.110.12/tcp/20000',
    ],
    home: [
      'http://192.168.1.11:20001',
      'http://[fd00::1]:20001',
      'http://mynode.lan:20001',
      'http://192.168.1.11',
      'x',
    ],
  })
  expect(ways).toEqual({
    home: [
      `/ip4/192.168.1.11/tcp/20000/p2p/${NODE}`,
      `/ip6/fd00::1/tcp/20000/p2p/${NODE}`,
      `/dns/mynode.lan/tcp/20000/p2p/${NODE}`,
    ],
    own: [`/ip4/11.51.110.11/tcp/20000/p2p/${NODE}`],
    helpers: [[`/ip4/11.51.110.10/tcp/20000/p2p/${HUB}`, `/dns/hub.example/tcp/20002/tls/ws/p2p/${HUB}`]],
  })
})

test('many helpers are cut to as many as are tried', () => {
  const peers = Array.from({ length: 40 }, (_, i) => `${HUB.slice(0, -2)}${String(i + 11).replaceAll('0', 'A')}`)
  const addresses = peers.map((peer, i) => `/ip4/11.51.110.${i}/tcp/20000/p2p/${peer}`)
  expect(waysTo(NODE, { addresses, home: [] }).helpers).toHaveLength(8)
})
