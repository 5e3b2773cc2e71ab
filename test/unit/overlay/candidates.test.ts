import { describe, expect, it } from 'vitest'
import { createCandidates } from '../../../src/overlay/candidates.ts'
import type { Directory } from '../../../src/overlay/directory.ts'
import type { Host } from '../../../src/overlay/libp2p.ts'
import type { PeerBook } from '../../../src/store/store.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const RELAY = '/ip4/192.0.2.1/tcp/20000/p2p/12D3KooWPUEbiGksU6JTucAMU9AW1eWq9TPLZXC6hNr52DYMpZC1/p2p-circuit'

/** What a node that is connected to nobody finds among these, each with its addresses. */
async function found(nodes: Readonly<Record<string, readonly string[]>>, awaited: readonly string[] = []) {
  const recent = Object.entries(nodes).map(([id, addresses]) => ({ id, addresses }))
  return createCandidates({
    host: { peerId: { toString: () => 'self' }, getConnections: () => [] } as unknown as Host,
    directory: { recent: () => recent } as unknown as Directory,
    book: { list: async () => [] } as unknown as PeerBook,
    clock: createFakeClock(0),
    awaited: () => awaited,
  }).find()
}

describe('whom a node could connect to (O1.4)', () => {
  it('O1.4: of each network one comes before the second of any, however many one of them seems to have', async () => {
    const crowd = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`crowd${i}`, [`/ip4/11.51.9.${i}/tcp/20000`]]),
    )
    const { reachable } = await found({
      ...crowd,
      rob: ['/ip4/11.51.7.1/tcp/20000'],
      sue: ['/ip6/2600:db8:1::1/tcp/20000'],
    })
    expect(reachable).toHaveLength(52)
    expect(reachable.slice(0, 3)).toEqual(expect.arrayContaining(['rob', 'sue']))
  })

  it('O1.4: nodes to which a relay leads are told apart, and itself and whoever is being dialled are left out', async () => {
    const dialled = '/ip4/11.51.7.1/tcp/20000'
    const nodes = { home: [RELAY], self: ['/ip4/11.51.8.1/tcp/20000'], rob: [dialled], sue: ['/ip4/11.51.6.1/tcp/1'] }
    expect(await found(nodes, [dialled])).toEqual({ reachable: ['sue'], behindNat: ['home'] })
  })
})
