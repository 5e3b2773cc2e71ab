/** Who is connected, as circles around this node: nearby, direct over the internet, through a helper node. Pure. */
import { pubkeyOf } from '../../event/npub.ts'
import type { PeerStatus } from '../../wire/peer-status.ts'

export type Ring = 'near' | 'direct' | 'helper'
export const RINGS: readonly Ring[] = ['near', 'direct', 'helper']

/** One node; where it has several connections, by the shortest. */
export interface Neighbour {
  /** Node peer ID. */
  readonly id: string
  readonly ring: Ring
  readonly isHere: boolean
  /** Public key of its owner; undefined while it has none. */
  readonly owner: string | undefined
  readonly proven: boolean
  readonly doubt: string
  /** The node that passes the connection on, with `helper`. */
  readonly through: string | undefined
  readonly rttMs: number | null
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  readonly agent: string
}

const RING_OF = { local: 'near', lan: 'near', direct: 'direct', helper: 'helper' } as const

/** Each node once, those that are connected for longest first. */
export function neighboursOf(peers: readonly PeerStatus[]): readonly Neighbour[] {
  const byId = new Map<string, Neighbour>()
  for (const peer of peers) {
    const neighbour = neighbourOf(peer)
    const known = byId.get(peer.id)
    if (known === undefined || RINGS.indexOf(neighbour.ring) < RINGS.indexOf(known.ring)) {
      byId.set(peer.id, neighbour)
    }
  }
  return [...byId.values()].sort((a, b) => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1))
}

function neighbourOf(peer: PeerStatus): Neighbour {
  const { id, way, owner, proven, doubt, rttMs, connectedSinceMs, agent, address } = peer
  return {
    id,
    ring: RING_OF[way] ?? 'direct',
    isHere: way === 'local',
    owner: owner === null ? undefined : pubkeyOf(owner),
    proven,
    doubt,
    through: way === 'helper' ? /\/p2p\/([^/]+)\/p2p-circuit/.exec(address)?.[1] : undefined,
    rttMs,
    sinceMs: connectedSinceMs,
    agent,
  }
}

export interface Place {
  readonly neighbour: Neighbour
  readonly x: number
  readonly y: number
}

export interface PeerMap {
  readonly places: readonly Place[]
  /** The circles that are drawn, from inside out; the first of each ring has its name. */
  readonly circles: readonly { readonly ring: Ring; readonly radius: number; readonly isFirst: boolean }[]
  /** Radius of a dot. */
  readonly dot: number
  /** Whether there is room for names, and for a second line below them. */
  readonly isNamed: boolean
  readonly isRoomy: boolean
}

interface Measures {
  readonly dot: number
  /** From dot to dot on a circle, from circle to circle, and around this node. */
  readonly spacing: number
  readonly gap: number
  readonly first: number
  /** Beyond the last circle. */
  readonly edge: number
}

/** Left free at the top of each circle for its name. */
const NAME_ARC = 92

/** From circle to circle, for two lines below a dot. */
const ROOMY_GAP = 52
const MAX_STRETCH = 1.4

/** @param size width and height of the picture, in pixels */
export function layOut(neighbours: readonly Neighbour[], size: number): PeerMap {
  const room = size / 2
  for (let gap = 74; gap >= 38; gap -= 4) {
    const measures = { dot: 13, spacing: 72, gap, first: Math.max(50, gap), edge: 36 }
    const circles = circlesFor(neighbours, measures)
    if (outermost(circles) + measures.edge <= room) {
      const isRoomy = gap >= ROOMY_GAP
      return { ...placed(stretched(circles, measures, room), measures, size), isNamed: true, isRoomy }
    }
  }
  for (let dot = 10; ; dot--) {
    const measures = { dot, spacing: 2 * dot + 6, gap: 2 * dot + 8, first: 40, edge: dot + 4 }
    const circles = circlesFor(neighbours, measures)
    if (dot <= 3 || outermost(circles) + measures.edge <= room) {
      return { ...placed(stretched(circles, measures, room), measures, size), isNamed: false, isRoomy: false }
    }
  }
}

interface Circle {
  readonly ring: Ring
  readonly radius: number
  readonly isFirst: boolean
  readonly members: readonly Neighbour[]
}

function outermost(circles: readonly Circle[]): number {
  return circles.at(-1)?.radius ?? 0
}

/** Filled from inside out; a ring takes as many circles as its nodes need. */
function circlesFor(neighbours: readonly Neighbour[], { spacing, gap, first }: Measures): Circle[] {
  const circles: Circle[] = []
  let radius = first
  for (const ring of RINGS) {
    let left = neighbours.filter(one => one.ring === ring)
    let isFirst = true
    while (left.length > 0) {
      const capacity = Math.max(1, Math.floor((2 * Math.PI * radius - NAME_ARC) / spacing))
      circles.push({ ring, radius, isFirst, members: left.slice(0, capacity) })
      left = left.slice(capacity)
      isFirst = false
      radius += gap
    }
  }
  return circles
}

/** Where there is room left, it is used. */
function stretched(circles: readonly Circle[], { edge }: Measures, room: number): readonly Circle[] {
  const factor = Math.min(MAX_STRETCH, (room - edge) / outermost(circles))
  return circles.map(circle => ({ ...circle, radius: circle.radius * factor }))
}

function placed(circles: readonly Circle[], { dot }: Measures, size: number): Omit<PeerMap, 'isNamed' | 'isRoomy'> {
  const places = circles.flatMap(({ radius, members }) => {
    const free = NAME_ARC / radius
    const step = (2 * Math.PI - free) / members.length
    return members.map((neighbour, i) => {
      const angle = -Math.PI / 2 + free / 2 + (i + 0.5) * step
      return { neighbour, x: size / 2 + radius * Math.cos(angle), y: size / 2 + radius * Math.sin(angle) }
    })
  })
  return { places, circles: circles.map(({ ring, radius, isFirst }) => ({ ring, radius, isFirst })), dot }
}
