import { verifyEvent as verifyWithNostrTools } from 'nostr-tools/pure'
import { describe, expect, it } from 'vitest'
import { signEvent } from '../../../src/event/sign.ts'

const SECRET = new Uint8Array(32).fill(1)

describe('signing (E3)', () => {
  it('makes an event that nostr-tools verifies', () => {
    const event = signEvent({ kind: 1, created_at: 1, tags: [['t', '\u2028"\\']], content: 'x\n' }, SECRET)
    expect(verifyWithNostrTools({ ...event, tags: event.tags.map(tag => [...tag]) })).toBe(true)
  })

  it('leaves its template alone, and later changes of the template do not reach the event', () => {
    const template = { kind: 1, created_at: 1, tags: [['t', 'x']], content: 'x' }
    const before = structuredClone(template)
    const event = signEvent(template, SECRET)
    expect(template).toEqual(before)
    template.tags[0]![1] = 'changed'
    expect(event.tags).toEqual([['t', 'x']])
    expect(Object.isFrozen(event)).toBe(true)
  })
})
