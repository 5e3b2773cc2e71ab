import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { silent } from '../../../src/observe/log.ts'
import { REACH_PROTOCOL, type Reached } from '../../../src/overlay/nat/reach.ts'
import { type Access, createReachability, type ReachabilityHost } from '../../../src/overlay/nat/reachability.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'

const cleanUp = useCleanUp()
const PORT = 20_000
const OUTER = '203.0.113.7'
const AT_HOME = ['/ip4/192.168.1.2/tcp/20000']

interface Outsider {
  /** Its own address. */
  readonly ip: string
  /** What it says, or nothing. */
  readonly says: Reached | undefined
  /** Whether it comes in indeed when it is asked. */
  readonly comesIn: boolean
}

/** A node behind a router, and peers on public addresses: a loopback network has none of those. */
function nodeAmong(outsiders: Readonly<Record<string, Outsider>>, listening: readonly string[] = AT_HOME) {
  const clock: FakeClock = createFakeClock(1_700_000_000_000)
  const events = new EventTarget()
  const connections: Connection[] = []
  const seen: Access[] = []
  let met = 0

  const connection = (name: string, direction: 'inbound' | 'outbound'): Connection => {
    const remotePeer = { toString: () => name }
    const remoteAddr = multiaddr(`/ip4/${outsiders[name]!.ip}/tcp/4321`)
    return { remotePeer, remoteAddr, direction, limits: undefined, status: 'open' } as unknown as Connection
  }
  const comesIn = (name: string) =>
    events.dispatchEvent(new CustomEvent('connection:open', { detail: connection(name, 'inbound') }))
  const host = {
    getConnections: (peer?: object) =>
      connections.filter(({ remotePeer }) => peer === undefined || remotePeer === peer),
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    peerStore: { has: async () => true, get: async () => ({ protocols: [REACH_PROTOCOL] }) },
  } as unknown as ReachabilityHost
  const reachability = createReachability({
    host,
    clock,
    log: silent,
    listening: () => listening.map(address => multiaddr(address)),
    ports: () => [PORT],
    onChange: access => void seen.push(access),
    onOutsider: () => void met++,
    askReach: async ({ remotePeer }) => {
      const outsider = outsiders[remotePeer.toString()]!
      if (outsider.comesIn) comesIn(remotePeer.toString())
      if (outsider.says === undefined) throw new Error('reset')
      return outsider.says
    },
  })
  cleanUp.add(() => reachability.stop())
  return {
    clock,
    seen,
    comesIn,
    met: () => met,
    access: () => reachability.access(),
    /** This node dials the peer; returns when what follows from it is over. */
    async meets(name: string) {
      const outbound = connection(name, 'outbound')
      connections.push(outbound)
      const detail = { peerId: outbound.remotePeer, protocols: [REACH_PROTOCOL], connection: outbound }
      events.dispatchEvent(new CustomEvent('peer:identify', { detail }))
      await clock.pass(2_000)
    },
  }
}

const gotIn = (ip: string): Outsider => ({ ip, says: { seen: OUTER, open: [PORT] }, comesIn: true })
const shutOut = (ip: string): Outsider => ({ ip, says: { seen: OUTER, open: [] }, comesIn: false })

describe('whether others get in (O12)', () => {
  it('O12.3: somebody who got in makes the node open at the address that was seen', async () => {
    const node = nodeAmong({ east: gotIn('198.51.100.1') })
    expect(node.access()).toEqual({ side: 'unknown', addresses: [] })
    await node.meets('east')
    expect(node.access()).toEqual({ side: 'open', addresses: [`/ip4/${OUTER}/tcp/${PORT}`] })
    expect(node.met()).toBe(1)
  })

  it('O12.3: if those who were asked did not get in, nobody does; one that does is enough', async () => {
    const node = nodeAmong({ east: shutOut('198.51.100.1'), west: gotIn('198.51.100.2') })
    await node.meets('east')
    expect(node.access()).toEqual({ side: 'shut', addresses: [] })
    await node.meets('west')
    expect(node.access().side).toBe('open')
  })

  it('O12.2: the word of a peer that did not come in counts as no: it may want this node to give up its relays', async () => {
    const liar = { ...gotIn('198.51.100.1'), comesIn: false }
    const node = nodeAmong({ liar })
    await node.meets('liar')
    expect(node.seen).toEqual([{ side: 'shut', addresses: [] }])
  })

  it('O12.3: one that lies about the outer address stands alone', async () => {
    const liar = { ip: '198.51.100.9', says: { seen: '192.0.2.66', open: [PORT] }, comesIn: true }
    const node = nodeAmong({ east: gotIn('198.51.100.1'), west: gotIn('198.51.100.2'), liar })
    for (const name of ['east', 'west', 'liar']) await node.meets(name)
    expect(node.access().addresses).toEqual([`/ip4/${OUTER}/tcp/${PORT}`])
  })

  it('a peer that gives no answer, or names an address that is none of the outside, says nothing', async () => {
    const mute = { ip: '198.51.100.1', says: undefined, comesIn: false }
    const near = { ip: '198.51.100.2', says: { seen: '192.168.1.2', open: [PORT] }, comesIn: true }
    const node = nodeAmong({ mute, near })
    for (const name of ['mute', 'near']) await node.meets(name)
    expect(node.seen).toEqual([])
  })

  it('a peer of the LAN is not asked', async () => {
    const node = nodeAmong({ brother: gotIn('192.168.1.3') })
    await node.meets('brother')
    node.comesIn('brother')
    expect([node.seen, node.met()]).toEqual([[], 0])
  })

  it('O12.3: a public address of the machine itself is proved by anybody from outside who comes in', async () => {
    const node = nodeAmong({ east: shutOut('198.51.100.1') }, [`/ip4/${OUTER}/tcp/${PORT}`, ...AT_HOME])
    node.comesIn('east')
    expect(node.access()).toEqual({ side: 'open', addresses: [`/ip4/${OUTER}/tcp/${PORT}`] })
  })

  it('O12.3: whoever says that it does not get in is not believed more than those who do', async () => {
    const own = `/ip4/${OUTER}/tcp/${PORT}`
    const node = nodeAmong({ east: gotIn('198.51.100.1'), liar: shutOut('198.51.100.2') }, [own])
    node.comesIn('east')
    await node.meets('liar')
    await node.clock.pass(20 * 60_000)
    expect(node.seen).toEqual([{ side: 'open', addresses: [own] }])
  })

  it('O12.3: an address of the machine that is new since the last one came in is not proved yet', async () => {
    const listening = [`/ip4/${OUTER}/tcp/${PORT}`]
    const node = nodeAmong({ east: shutOut('198.51.100.1') }, listening)
    node.comesIn('east')
    listening[0] = `/ip4/203.0.113.8/tcp/${PORT}`
    await node.meets('east')
    expect(node.access().side).toBe('shut')
    node.comesIn('east')
    expect(node.access()).toEqual({ side: 'open', addresses: listening })
  })

  it('O12.2: a peer that got in is asked once more before its no counts', async () => {
    const east = { ...gotIn('198.51.100.1') }
    const node = nodeAmong({ east })
    await node.meets('east')
    Object.assign(east, shutOut('198.51.100.1'))
    await node.clock.pass(10 * 60_000)
    expect(node.access().side).toBe('open')
    Object.assign(east, gotIn('198.51.100.1'))
    await node.clock.pass(60_000)
    expect(node.seen).toHaveLength(1)
  })

  it('O12.2: a router that is shut later is noticed at the next round; without news what was known stands', async () => {
    const east = { ...gotIn('198.51.100.1') }
    const node = nodeAmong({ east })
    await node.meets('east')
    Object.assign(east, shutOut('198.51.100.1'))
    await node.clock.pass(10 * 60_000 + 5_000)
    expect(node.access().side).toBe('shut')
    Object.assign(east, { says: undefined })
    await node.clock.pass(60 * 60_000)
    expect(node.access().side).toBe('shut')
  })
})
