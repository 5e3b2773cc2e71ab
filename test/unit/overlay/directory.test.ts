import { beforeEach, describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../../src/config.ts'
import { createDirectory, type Directory, type NodeEntry } from '../../../src/overlay/directory.ts'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'

const START_MS = 1_700_000_000_000
const HOUR_MS = 3_600_000
let clock: FakeClock
let directory: Directory
/** Owner → until when one of their bindings counts. */
let bound: Map<string, number>
beforeEach(() => {
  clock = createFakeClock(START_MS)
  bound = new Map()
  const owners = {
    includes: (owner: string) => (bound.get(owner) ?? 0) > clock.nowMs(),
    note: (owner: string, untilMs: number) => void bound.set(owner, Math.max(untilMs, bound.get(owner) ?? 0)),
  }
  directory = createDirectory(clock, owners, DEFAULTS.tuning.remembered.nodes)
})

function entry(id: string, owner: string | null, changes: Partial<NodeEntry> = {}): NodeEntry {
  return {
    id,
    owner,
    provenUntilMs: 0,
    binding: null,
    doubt: '',
    addresses: [],
    heardOver: 'public',
    issuedAt: 1,
    announcement: undefined,
    ...changes,
  }
}
const proven = (id: string, owner: string, untilMs = START_MS + HOUR_MS) => entry(id, owner, { provenUntilMs: untilMs })

describe('whose nodes are known (O3.2)', () => {
  it('O3.2: every proven node, and no unproven one beside it', () => {
    for (let i = 0; i < 6; i++) directory.learn(proven(`p${i}`, 'alice'))
    directory.learn(entry('u', 'alice'))
    directory.learn(proven('b', 'bob'))
    expect(directory.nodesOf('alice')).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5'])
  })

  it('O3.2: without a proven one the four unproven ones heard of last, the latest first', () => {
    for (let i = 0; i < 6; i++) directory.learn(entry(`u${i}`, 'alice'))
    expect(directory.nodesOf('alice')).toEqual(['u5', 'u4', 'u3', 'u2'])
    directory.learn(entry('u0', 'alice', { issuedAt: 2 }))
    expect(directory.nodesOf('alice')).toEqual(['u0', 'u5', 'u4', 'u3'])
  })

  it('O3.1: a proof ends with the binding', async () => {
    directory.learn(proven('p', 'alice', START_MS + 1_000))
    directory.learn(entry('u', 'alice'))
    expect(directory.nodesOf('alice')).toEqual(['p'])
    await clock.pass(1_000)
    expect(directory.nodesOf('alice')).toEqual(['u', 'p'])
  })

  it('O3.1: a proof ends when it is withdrawn, which is not a word of the node', () => {
    directory.learn(entry('u', 'alice'))
    directory.learn(proven('p', 'alice'))
    directory.learn(entry('v', 'alice'))
    directory.prove('p', 0, 'The owner has withdrawn the binding.')
    directory.prove('nobody', START_MS, '')
    expect([directory.provenOf('alice'), directory.get('p')?.doubt]).toEqual([
      [],
      'The owner has withdrawn the binding.',
    ])
    expect(directory.claimsOn('alice').map(({ id }) => id)).toEqual(['u', 'p', 'v'])
    expect(directory.claimsOn('nobody')).toEqual([])
  })

  it('O3.5: once the owner has bound a node, an unproven one gets nothing, whether the bound one is known or not', async () => {
    directory.learn(entry('thief', 'alice'))
    expect(directory.nodesOf('alice')).toEqual(['thief'])
    bound.set('alice', START_MS + HOUR_MS)
    expect(directory.nodesOf('alice')).toEqual([])
    directory.learn(proven('p', 'alice', START_MS + HOUR_MS / 2))
    expect(directory.nodesOf('alice')).toEqual(['p'])
    await clock.pass(HOUR_MS / 2)
    expect(directory.nodesOf('alice')).toEqual([])
    await clock.pass(HOUR_MS / 2)
    expect(directory.nodesOf('alice')).toEqual(['p', 'thief'])
  })

  it('nobody is known of an owner that nobody named', () => {
    directory.learn(entry('n', null))
    expect(directory.nodesOf('alice')).toEqual([])
    expect(directory.get('n')?.owner).toBeNull()
  })
})

describe('what a node says of itself (O3.3)', () => {
  it('replaces what was known of it', () => {
    directory.learn(entry('n', 'alice', { issuedAt: 5 }))
    directory.learn(entry('n', 'bob', { issuedAt: 6 }))
    expect([directory.nodesOf('alice'), directory.nodesOf('bob')]).toEqual([[], ['n']])
    expect(directory.size()).toBe(1)
  })

  it('O3.3: is forgotten 48 hours after it was heard', async () => {
    directory.learn(entry('old', 'alice'))
    await clock.pass(24 * HOUR_MS)
    directory.learn(entry('new', 'alice'))
    await clock.pass(24 * HOUR_MS)
    expect(directory.nodesOf('alice')).toEqual(['new'])
    expect(directory.size()).toBe(1)
    await clock.pass(24 * HOUR_MS)
    expect(directory.nodesOf('alice')).toEqual([])
    expect(directory.size()).toBe(0)
  })

  it('O3.3: is kept of 10,000 nodes, of which the longest unheard go first', () => {
    for (let i = 0; i < 10_000; i++) directory.learn(entry(`n${i}`, `o${i}`))
    directory.learn(entry('n0', 'o0', { issuedAt: 2 }))
    directory.learn(entry('one more', 'x'))
    expect(directory.size()).toBe(10_000)
    expect([directory.nodesOf('o0'), directory.nodesOf('o1'), directory.nodesOf('x')]).toEqual([
      ['n0'],
      [],
      ['one more'],
    ])
  })

  it('the latest heard of are told to newcomers, the latest first', () => {
    for (let i = 0; i < 5; i++) directory.learn(entry(`n${i}`, null))
    expect(directory.recent(3).map(({ id }) => id)).toEqual(['n4', 'n3', 'n2'])
    expect(directory.recent(9)).toHaveLength(5)
  })
})
