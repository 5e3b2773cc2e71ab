import { describe, expect, it } from 'vitest'
import { deletes, deletionTargets, parseAddress } from '../../../src/event/deletion.ts'
import type { NostrEvent } from '../../../src/event/event.ts'

const ALICE = 'a'.repeat(64)
const BOB = 'b'.repeat(64)
const ID = '1'.repeat(64)

function event(fields: Partial<NostrEvent>): NostrEvent {
  return { id: ID, pubkey: ALICE, created_at: 100, kind: 1, tags: [], content: '', sig: '0'.repeat(128), ...fields }
}
const deletion = (...tags: string[][]) => event({ id: '5'.repeat(64), kind: 5, tags, created_at: 200 })

describe('what a deletion names (E8.1)', () => {
  it('is the ids of its e tags and the addresses of its a tags', () => {
    const named = deletionTargets(deletion(['e', ID, 'wss://x'], ['a', `30023:${ALICE}:x:y`], ['k', '1'], ['p', BOB]))
    expect(named).toEqual({ ids: [ID], addresses: [{ kind: 30_023, pubkey: ALICE, d: 'x:y' }] })
  })

  it('passes over ids and addresses of another form, and addresses of others', () => {
    const tags = [
      ['e'],
      ['e', ''],
      ['e', ID.slice(1)],
      ['e', 'A'.repeat(64)],
      ['a'],
      ['a', ID],
      ['a', `30023:${BOB}:x`],
      ['E', ID],
    ]
    expect(deletionTargets(deletion(...tags))).toEqual({ ids: [], addresses: [] })
  })
})

describe('address text (E8.2)', () => {
  it.each([
    [`0:${ALICE}:`, { kind: 0, pubkey: ALICE, d: '' }],
    [`65535:${ALICE}:x\ny`, { kind: 65_535, pubkey: ALICE, d: 'x\ny' }],
  ])('%j is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
  })

  it.each([
    `65536:${ALICE}:`,
    `030023:${ALICE}:x`,
    `-1:${ALICE}:`,
    `:${ALICE}:`,
    `30023:${ALICE}`,
    `30023:${ALICE.toUpperCase()}:x`,
    `30023:${ALICE.slice(1)}:x`,
    ` 30023:${ALICE}:x`,
    '',
  ])('%j is none', text => {
    expect(parseAddress(text)).toBeUndefined()
  })
})

describe('what a deletion removes (E8.3)', () => {
  it('is an event of the same author that it names by id, also one dated later', () => {
    expect(deletes(deletion(['e', ID]), event({}))).toBe(true)
    expect(deletes(deletion(['e', ID]), event({ created_at: 300 }))).toBe(true)
    expect(deletes(deletion(['e', '2'.repeat(64)]), event({}))).toBe(false)
  })

  it('is never an event of another author', () => {
    expect(deletes(deletion(['e', ID]), event({ pubkey: BOB }))).toBe(false)
    const bobs = event({ pubkey: BOB, kind: 30_023, tags: [['d', 'x']] })
    expect(deletes(deletion(['a', `30023:${BOB}:x`]), bobs)).toBe(false)
    expect(deletes(deletion(['a', `30023:${ALICE}:x`]), bobs)).toBe(false)
  })

  it('is never a deletion', () => {
    expect(deletes(deletion(['e', ID]), event({ kind: 5 }))).toBe(false)
  })

  it('is every version of an address up to its own time, and none after', () => {
    const named = deletion(['a', `30023:${ALICE}:x`])
    const version = (created_at: number) => event({ kind: 30_023, tags: [['d', 'x']], created_at })
    expect(deletes(named, version(199))).toBe(true)
    expect(deletes(named, version(200))).toBe(true)
    expect(deletes(named, version(201))).toBe(false)
  })

  it('is an address of the same kind and d tag only', () => {
    const named = deletion(['a', `30023:${ALICE}:x`])
    expect(deletes(named, event({ kind: 30_023, tags: [['d', 'y']] }))).toBe(false)
    expect(deletes(named, event({ kind: 30_024, tags: [['d', 'x']] }))).toBe(false)
    expect(deletes(named, event({ kind: 30_023 }))).toBe(false)
    expect(deletes(deletion(['a', `0:${ALICE}:`]), event({ kind: 0 }))).toBe(true)
    expect(deletes(deletion(['a', `0:${ALICE}:x`]), event({ kind: 0 }))).toBe(false)
  })

  it('is no event of a kind without address', () => {
    expect(deletes(deletion(['a', `1:${ALICE}:`]), event({ kind: 1 }))).toBe(false)
  })
})
