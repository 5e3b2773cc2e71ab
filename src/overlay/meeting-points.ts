/** Where a device that is away from home can ask for this node: doors for browsers, its own and those of its relays first. */
import { multiaddr } from '@multiformats/multiaddr'
import { scopeOf } from './dial-filter.ts'
import type { Directory } from './directory.ts'
import { isDoor } from './doors/addresses.ts'

export interface MeetingPointsParts {
  /** Multiaddrs of this node, with its peer ID. */
  readonly own: readonly string[]
  /** Node peer IDs of the relays that keep a place for this node. */
  readonly relays: readonly string[]
  readonly directory: Pick<Directory, 'get' | 'recent'>
}

/** Nodes heard of that are looked at, and taken beside the relays: relays change while a device is away. */
const LOOKED_THROUGH = 200
const MAX_OTHERS = 4
const MAX_POINTS = 16

/**
 * Multiaddrs with the peer ID, of one node after the other: the first door of each, then the second of each; and at the end
 * where a program that is no browser gets in by TCP.
 */
export function meetingPoints({ own, relays, directory }: MeetingPointsParts): string[] {
  const withId = (id: string) => (directory.get(id)?.addresses ?? []).map(address => `${address}/p2p/${id}`)
  const others = directory
    .recent(LOOKED_THROUGH)
    .filter(({ id, addresses }) => !relays.includes(id) && addresses.some(address => isDoor(multiaddr(address))))
    .slice(0, MAX_OTHERS)
  const nodes = [own, ...relays.map(withId), ...others.map(({ id }) => withId(id))].map(addresses =>
    addresses.filter(address => !address.includes('/p2p-circuit')),
  )
  const doors = nodes.map(addresses => addresses.filter(address => isDoor(multiaddr(address))))
  // Where no browser comes in, a place of the home network is nothing to tell somebody who is away.
  const isOutside = (address: string) => !isDoor(multiaddr(address)) && scopeOf(multiaddr(address)) !== 'private'
  const programs = nodes
    .filter((_, i) => doors[i]!.length > 0)
    .map(addresses => addresses.filter(isOutside).slice(0, 1))
  return [...new Set([...inTurns(doors), ...programs.flat()])].slice(0, MAX_POINTS)
}

function inTurns(lists: readonly (readonly string[])[]): string[] {
  const rounds = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, i) => lists.flatMap(list => list.slice(i, i + 1))).flat()
}
