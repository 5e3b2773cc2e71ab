import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import {
  allowedOf,
  createGater,
  dialable,
  isAllowed,
  isCrowded,
  nearestScope,
  type Scope,
  scopeOf,
  scopeOfConnection,
} from '../../../src/overlay/dial-filter.ts'

const at = (address: string) => multiaddr(address)
const over = (address: string) => ({ remoteAddr: at(address) })

describe('how far an address reaches (O15.1)', () => {
  it.each<[string, Scope]>([
    ['/ip4/127.0.0.1/tcp/1', 'loopback'],
    ['/ip4/127.255.0.9/tcp/1', 'loopback'],
    ['/ip6/::1/tcp/1', 'loopback'],
    ['/ip6/::ffff:127.0.0.1/tcp/1', 'loopback'],
    ['/ip4/10.1.2.3/tcp/1', 'private'],
    ['/ip4/172.31.255.1/udp/1/webrtc-direct', 'private'],
    ['/ip4/192.168.0.1/tcp/1', 'private'],
    ['/ip4/169.254.9.9/tcp/1', 'private'],
    ['/ip4/100.64.0.1/tcp/1', 'private'],
    ['/ip6/fd00::1/tcp/1', 'private'],
    ['/ip6/fe80::1/tcp/1', 'private'],
    ['/ip6zone/eth0/ip6/fe80::1/tcp/1', 'private'],
    ['/ip6/::ffff:192.168.0.1/tcp/1', 'private'],
    ['/ip6/64:ff9b::a00:1/tcp/1', 'private'],
    ['/ip4/172.32.0.1/tcp/1', 'public'],
    ['/ip4/203.0.113.7/tcp/1', 'public'],
    ['/ip6/2600::1/tcp/1', 'public'],
    ['/ip4/203.0.113.7/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp/p2p-circuit', 'public'],
  ])('%s: %s', (address, scope) => {
    expect(scopeOf(at(address))).toBe(scope)
  })

  it.each([
    '/ip4/0.0.0.0/tcp/1',
    '/ip4/224.0.0.251/udp/5353',
    '/ip4/255.255.255.255/tcp/1',
    '/ip6/::/tcp/1',
    '/ip6/ff02::fb/tcp/1',
    '/dns4/example.org/tcp/1',
    '/memory/7',
    '/p2p-circuit',
  ])('%s: nowhere', address => {
    expect(scopeOf(at(address))).toBeUndefined()
  })
})

describe('what may be dialled of what was heard (O15.2)', () => {
  const addresses = ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.5/tcp/1', '/ip4/203.0.113.7/tcp/1', '/ip4/224.0.0.1/tcp/1']

  it.each<[Scope, number[]]>([
    ['loopback', [0, 1, 2]],
    ['private', [1, 2]],
    ['public', [2]],
  ])('over a %s connection', (scope, allowed) => {
    expect(allowedOf(addresses, scope)).toEqual(allowed.map(i => addresses[i]))
  })

  it('a peer at the far end of a circuit is far, however near the relay is; only on this machine it is here', () => {
    const circuit = '/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp/p2p-circuit'
    expect(scopeOfConnection(over(`/ip4/192.168.1.1${circuit}`))).toBe('public')
    expect(scopeOfConnection(over(`/ip4/127.0.0.1${circuit}`))).toBe('loopback')
  })

  it('of several connections to a peer the nearest counts; without one it is far', () => {
    expect(nearestScope([over('/ip4/203.0.113.7/tcp/1'), over('/ip4/10.0.0.1/tcp/1')])).toBe('private')
    expect(nearestScope([])).toBe('public')
  })

  it('a name is kept, and what it stands for is judged when it is dialled', async () => {
    const named = '/dns4/localhost/tcp/77/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
    expect(allowedOf([named], 'public')).toEqual([named])
    expect(await dialable([named], 'public')).toEqual([])
    const [here] = await dialable([named], 'loopback')
    expect(here?.toString()).toBe(named.replace('/dns4/localhost', '/ip4/127.0.0.1'))
  })

  it('a name that nobody knows fails only when there is nothing else', async () => {
    const unknown = '/dns4/no-such-host.invalid/tcp/1'
    await expect(dialable([unknown], 'loopback')).rejects.toMatchObject({ syscall: 'getaddrinfo' })
    expect((await dialable([unknown, '/ip4/203.0.113.7/tcp/1'], 'public')).map(String)).toEqual([
      '/ip4/203.0.113.7/tcp/1',
    ])
  })

  it('lists of addresses (dnsaddr) are followed for the owner only', async () => {
    const list = '/dnsaddr/example.org'
    expect(await dialable([list], 'public')).toEqual([])
    expect((await dialable([list], 'loopback')).map(String)).toEqual([list])
  })
})

describe('the gater (O15.3, O16)', () => {
  const self = peerIdFromString('12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp')
  const other = peerIdFromString('12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu')

  function gater(connections: Pick<Connection, 'direction' | 'remoteAddr'>[], own: string[] = [], maxPeers = 128) {
    return createGater(
      () => ({
        peerId: self,
        getConnections: (_peer?: PeerId) => connections as Connection[],
        getMultiaddrs: () => own.map(at),
      }),
      maxPeers,
      1_000,
    )
  }
  const inbound = (address: string) => ({ direction: 'inbound' as const, remoteAddr: at(address) })
  const lets = (from: Pick<Connection, 'direction' | 'remoteAddr'>[], next: string) =>
    !gater(from).denyInboundConnection({ remoteAddr: at(next) })

  it('O15.3: nobody dials itself, nor what is nobody', () => {
    const { denyDialMultiaddr } = gater([], ['/ip4/203.0.113.7/tcp/20000'])
    expect(denyDialMultiaddr(at(`/ip4/203.0.113.7/tcp/20000/p2p/${other}`))).toBe(true)
    expect(denyDialMultiaddr(at('/ip4/203.0.113.7/tcp/20001'))).toBe(false)
    expect(denyDialMultiaddr(at(`/ip4/203.0.113.7/tcp/20000/p2p/${other}/p2p-circuit`))).toBe(false)
    for (const nobody of ['/ip4/0.0.0.0/tcp/20000', '/ip4/239.1.1.1/tcp/1'])
      expect(denyDialMultiaddr(at(nobody))).toBe(true)
  })

  it('O15.3: of what a peer says of itself only that is kept which reaches as far as the peer', async () => {
    const connections: { direction: 'inbound'; remoteAddr: Multiaddr }[] = [inbound('/ip4/203.0.113.9/tcp/1')]
    const { filterMultiaddrForPeer } = gater(connections)
    expect(await filterMultiaddrForPeer(other, at('/ip4/192.168.1.1/tcp/80'))).toBe(false)
    expect(await filterMultiaddrForPeer(other, at('/ip4/203.0.113.9/tcp/20000'))).toBe(true)
    expect(await filterMultiaddrForPeer(other, at('/dns4/printer.local/tcp/80'))).toBe(false)
    connections.splice(0, 1, inbound('/ip4/192.168.1.9/tcp/1'))
    expect(await filterMultiaddrForPeer(other, at('/ip4/192.168.1.1/tcp/80'))).toBe(true)
    // And still when it has gone.
    connections.splice(0)
    expect(await filterMultiaddrForPeer(other, at('/ip4/192.168.1.1/tcp/80'))).toBe(true)
    expect(await filterMultiaddrForPeer(self, at('/ip4/127.0.0.1/tcp/1'))).toBe(true)
  })

  it('O16.1: a quarter of the connections may come from one /24 or /48; those of LAN and machine are not counted', () => {
    const many = (address: (i: number) => string, count: number) =>
      Array.from({ length: count }, (_, i) => inbound(address(i)))
    const full = many(i => `/ip4/203.0.113.${i}/tcp/1`, 32)
    expect(lets(full.slice(1), '/ip4/203.0.113.77/tcp/1')).toBe(true)
    expect(lets(full, '/ip4/203.0.113.77/tcp/1')).toBe(false)
    expect(lets(full, '/ip4/203.0.114.77/tcp/1')).toBe(true)
    const full6 = many(i => `/ip6/2600:1:2:${i + 1}::1/tcp/1`, 32)
    expect(lets(full6, '/ip6/2600:1:2:ffff::/tcp/1')).toBe(false)
    expect(lets(full6, '/ip6/2600:1:3::1/tcp/1')).toBe(true)
    for (const near of ['127.0.0.1', '192.168.1.1', '10.0.0.1']) {
      expect(
        lets(
          many(() => `/ip4/${near}/tcp/1`, 60),
          `/ip4/${near}/tcp/2`,
        ),
      ).toBe(true)
    }
    const outbound = full.map(connection => ({ ...connection, direction: 'outbound' as const }))
    expect(lets(outbound, '/ip4/203.0.113.77/tcp/1')).toBe(true)
  })

  it('O16.2: 16 slots are left for connections that the node makes itself, or half of few', () => {
    const from = (count: number) => Array.from({ length: count }, (_, i) => inbound(`/ip4/9.${i}.1.1/tcp/1`))
    expect(lets(from(111), '/ip4/8.8.8.8/tcp/1')).toBe(true)
    expect(lets(from(112), '/ip4/8.8.8.8/tcp/1')).toBe(false)
    const small = gater(from(5), [], 10)
    expect(small.denyInboundConnection({ remoteAddr: at('/ip4/8.8.8.8/tcp/1') })).toBe(true)
  })

  it('D1.4: half of those who come in may come by doors for browsers', () => {
    const from = (count: number) => Array.from({ length: count }, (_, i) => inbound(`/ip4/9.${i}.1.1/tcp/1/ws`))
    expect(lets(from(55), '/ip4/8.8.8.8/tcp/1/ws')).toBe(true)
    expect(lets(from(56), '/ip4/8.8.8.8/udp/1/webrtc-direct')).toBe(false)
    expect(lets(from(56), '/ip4/8.8.8.8/tcp/1')).toBe(true)
  })

  it('D1.5: doors for browsers are neither dialled nor kept, nor are their names looked up', async () => {
    const { denyDialMultiaddr, filterMultiaddrForPeer } = gater([])
    for (const door of [
      '/ip4/203.0.113.7/tcp/1/ws',
      '/ip4/203.0.113.7/udp/1/webrtc-direct',
      '/dns/a.example/tcp/1/tls/ws',
    ]) {
      expect(denyDialMultiaddr(at(door))).toBe(true)
      expect(await filterMultiaddrForPeer(other, at(door))).toBe(false)
      expect(await dialable([door, '/ip4/203.0.113.7/tcp/1'], 'loopback')).toEqual([at('/ip4/203.0.113.7/tcp/1')])
    }
  })

  it('O16.1: also when many come at the same moment: who has come through the handshake too late is sent away', () => {
    const full = Array.from({ length: 32 }, (_, i) => inbound(`/ip4/203.0.113.${i}/tcp/1`))
    const late = { remoteAddr: at('/ip4/203.0.113.77/tcp/1') }
    expect(gater(full).denyInboundUpgradedConnection(other, late)).toBe(true)
    expect(gater(full.slice(1)).denyInboundUpgradedConnection(other, late)).toBe(false)
  })

  it('O16.4: two nodes of one /24 or /48 are enough to choose; LAN and machine are not counted', () => {
    const outbound = (address: string) => ({ ...inbound(address), direction: 'outbound' }) as Connection
    const crowds = (next: string, ...made: string[]) =>
      isCrowded([at('/ip4/9.9.9.9/tcp/1'), at(next)], made.map(outbound))
    const [one, two] = ['/ip4/203.0.113.1/tcp/1', '/ip4/203.0.113.2/tcp/1']
    expect(crowds('/ip4/203.0.113.3/tcp/1', one)).toBe(false)
    expect(crowds('/ip4/203.0.113.3/tcp/1', one, two)).toBe(true)
    expect(crowds('/ip4/203.0.114.3/tcp/1', one, two)).toBe(false)
    expect(crowds('/ip6/2600:1:2:3::1/tcp/1', '/ip6/2600:1:2:4::1/tcp/1', '/ip6/2600:1:2:5::1/tcp/1')).toBe(true)
    expect(crowds('/ip4/10.0.0.3/tcp/1', '/ip4/10.0.0.1/tcp/1', '/ip4/10.0.0.2/tcp/1')).toBe(false)
    expect(isCrowded([at(one)], [inbound(one), inbound(two)] as Connection[])).toBe(false)
  })

  it('says nothing against anybody before the host stands', () => {
    const early = createGater(() => undefined, 128, 1_000)
    expect(early.denyInboundConnection({ remoteAddr: at('/ip4/203.0.113.1/tcp/1') })).toBe(false)
    expect(isAllowed(at('/ip4/203.0.113.1/tcp/1'), 'public')).toBe(true)
  })
})
