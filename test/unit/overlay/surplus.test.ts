import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../../src/overlay/libp2p.ts'
import { startSurplus } from '../../../src/overlay/surplus.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const cleanUp = useCleanUp()
const START_MS = 1_700_000_000_000
const TCP = '/ip4/192.0.2.7/tcp/20000'
const WEBRTC = `${TCP}/p2p/12D3KooWPUEbiGksU6JTucAMU9AW1eWq9TPLZXC6hNr52DYMpZC1/p2p-circuit/webrtc`
const MINUTE_MS = 60_000

interface Neighbour {
  readonly address: string
  readonly forMs: number
  /** Protocol of a stream that is open. */
  readonly protocol?: string
}

/** A node with these neighbours, by the time since which they are connected; the names of those that it leaves. */
function nodeWith(neighbours: Readonly<Record<string, Neighbour>>) {
  const clock = createFakeClock(START_MS)
  const left: string[] = []
  const connections = Object.entries(neighbours).map(([name, { address, forMs, protocol }]) => {
    const streams = protocol === undefined ? [] : [{ protocol }]
    const timeline = { open: START_MS - forMs }
    const connection = { remoteAddr: multiaddr(address), status: 'open', timeline, streams }
    const close = async () => {
      left.push(name)
      connection.status = 'closed'
    }
    return Object.assign(connection, { close }) as unknown as Connection
  })
  const host = { getConnections: () => connections } as unknown as Host
  cleanUp.add(startSurplus({ host, clock }))
  return { clock, left }
}

describe('connections that cost and that nobody needs (O11.2)', () => {
  it('O11.2: of more than three, the WebRTC connections that were idle for longest are left after two minutes', async () => {
    const { clock, left } = nodeWith({
      hub: { address: TCP, forMs: 60 * MINUTE_MS },
      ann: { address: WEBRTC, forMs: 3 * MINUTE_MS },
      ben: { address: WEBRTC, forMs: 5 * MINUTE_MS },
      cat: { address: WEBRTC, forMs: 4 * MINUTE_MS },
      dan: { address: WEBRTC, forMs: 0 },
    })
    await clock.pass(MINUTE_MS)
    expect(left).toEqual(['ben', 'cat'])
    await clock.pass(10 * MINUTE_MS)
    expect(left).toEqual(['ben', 'cat'])
  })

  it("O11.2: that of a device of the owner's that is away is not left while it has a stream open", async () => {
    const idle = { address: WEBRTC, forMs: 60 * MINUTE_MS }
    const { clock, left } = nodeWith({ a: { ...idle, protocol: '/http/1.1' }, b: idle, c: idle, d: idle })
    await clock.pass(MINUTE_MS)
    expect(left).toEqual(['b'])
  })

  it('O11.2: other connections are never left, however long nothing was asked over them', async () => {
    const old = { address: TCP, forMs: 60 * MINUTE_MS }
    const { clock, left } = nodeWith({ a: old, b: old, c: old, d: old, ann: { address: WEBRTC, forMs: 0 } })
    await clock.pass(MINUTE_MS)
    expect(left).toEqual([])
    await clock.pass(2 * MINUTE_MS)
    expect(left).toEqual(['ann'])
  })
})
