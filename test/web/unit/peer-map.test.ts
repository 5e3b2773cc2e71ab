import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { npubOf } from '../../../src/event/npub.ts'
import { layOut, neighboursOf } from '../../../src/web/state/peer-map.ts'
import type { PeerStatus, PeerWay } from '../../../src/wire/peer-status.ts'
import { strangerKey } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const WAYS: readonly PeerWay[] = ['local', 'lan', 'direct', 'helper']

function peer(id: string, way: PeerWay, changes: Partial<PeerStatus> = {}): PeerStatus {
  const connectedSinceMs = changes.connectedSinceMs ?? 1_000
  return {
    id,
    direction: 'inbound',
    transport: 'tcp',
    way,
    address: '/ip4/198.51.100.7/tcp/20000',
    agent: 'nostrp2p/0.1.0',
    owner: null,
    proven: false,
    doubt: '',
    connectedSinceMs,
    since: new Date(connectedSinceMs).toISOString(),
    rttMs: null,
    ...changes,
  }
}

describe('neighbours', () => {
  it('has each node once, by its shortest connection, the longest connected first', () => {
    const through = { address: '/ip4/198.51.100.7/tcp/1/p2p/12D3Helper/p2p-circuit/p2p/b' }
    const found = neighboursOf([
      peer('b', 'helper', through),
      peer('a', 'helper', { ...through, connectedSinceMs: 5_000, owner: npubOf(strangerKey('ann')) }),
      peer('b', 'direct', { connectedSinceMs: 9_000 }),
    ])
    expect(found).toMatchObject([
      { id: 'a', ring: 'helper', through: '12D3Helper', owner: strangerKey('ann') },
      { id: 'b', ring: 'direct', through: undefined, owner: undefined },
    ])
  })
})

describe('the map', () => {
  it('has all of up to 128 nodes inside, none on another, nor on this one in the middle', () => {
    const many = fc.array(fc.constantFrom(...WAYS), { maxLength: 128, size: 'max' })
    const sizes = fc.integer({ min: 280, max: 520 })
    fc.assert(
      fc.property(many, sizes, (ways, size) => {
        const neighbours = neighboursOf(ways.map((way, i) => peer(`peer ${i}`, way)))
        const { places, dot, isNamed } = layOut(neighbours, size)
        expect(places).toHaveLength(ways.length)
        // A name stands below its dot.
        const apart = 2 * dot + (isNamed ? 11 : 0)
        places.forEach(({ x, y }, i) => {
          for (const edge of [x, y, size - x, size - y]) expect(edge).toBeGreaterThanOrEqual(dot)
          expect(Math.hypot(x - size / 2, y - size / 2)).toBeGreaterThan(22 + dot)
          for (const other of places.slice(0, i)) {
            expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThanOrEqual(apart)
          }
        })
      }),
      { seed: SEED },
    )
  })

  it('has names where there is room for them, and the circles in their order', () => {
    const neighbours = neighboursOf(['direct', 'helper', 'lan'].map(way => peer(way, way as PeerWay)))
    const { isNamed, circles } = layOut(neighbours, 328)
    expect(isNamed).toBe(true)
    expect(circles.map(({ ring }) => ring)).toEqual(['near', 'direct', 'helper'])
    const crowd = neighboursOf(Array.from({ length: 60 }, (_, i) => peer(`peer ${i}`, 'direct')))
    expect(layOut(crowd, 328).isNamed).toBe(false)
    expect(layOut([], 328)).toMatchObject({ places: [], circles: [] })
  })
})
