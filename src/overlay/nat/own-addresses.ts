/** At which addresses others reach this node, as far as it knows: what announcements and identify tell. */
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { scopeOf } from '../dial-filter.ts'

/** What is known of the ways to this node; all without its own `/p2p/…`. */
export interface KnownWays {
  /** At which others got in from outside. */
  readonly outside: readonly string[]
  /** Nobody gets in from outside: public addresses that this node listens on lead nowhere. */
  readonly isShut: boolean
  /** Also those of its own network lead nowhere (tests). */
  readonly isHidden: boolean
  /** `…/p2p/<relay>/p2p-circuit`, of the relays that keep a place for this node. */
  readonly circuits: readonly string[]
  /** Whether a direct connection can be opened over those. */
  readonly hasWebRtc: boolean
  /** Where browsers come in. */
  readonly doors: readonly string[]
}

export interface OwnAddresses {
  /** The best first: what the owner named, what was proved, what is listened on, and the ways through relays. */
  list(listening: readonly Multiaddr[]): Multiaddr[]
  /** Takes what has become known; true when it was not known before. */
  learn(ways: Partial<KnownWays>): boolean
}

/** So that the ways through two relays, with and without WebRTC, have room in one announcement. */
const MAX_DIRECT = 8

/** @param announce multiaddrs that the owner has named */
export function createOwnAddresses(announce: readonly string[]): OwnAddresses {
  let known: KnownWays = { outside: [], isShut: false, isHidden: false, circuits: [], hasWebRtc: false, doors: [] }
  return {
    list(listening) {
      const leadsHere = (address: Multiaddr) => !known.isHidden && !(known.isShut && scopeOf(address) === 'public')
      const here = listening.filter(leadsHere).map(String)
      const direct = new Set([...announce, ...known.outside, ...here])
      const signalled = known.hasWebRtc ? known.circuits.map(circuit => `${circuit}/webrtc`) : []
      const all = [...[...direct].slice(0, MAX_DIRECT), ...known.doors, ...known.circuits, ...signalled]
      return all.map(address => multiaddr(address))
    },
    learn(ways) {
      const before = JSON.stringify(known)
      known = { ...known, ...ways }
      return JSON.stringify(known) !== before
    },
  }
}
