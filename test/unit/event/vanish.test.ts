import { describe, expect, it } from 'vitest'
import { asksToVanish } from '../../../src/event/vanish.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'

describe('requests to vanish (NIP-62)', () => {
  const isOwn = (url: string) => url === 'wss://here'
  const request = (...relays: string[]) =>
    unsignedEvent(strangerKey('bob'), { kind: 62, tags: relays.map(relay => ['relay', relay]) })

  it.each<[string[], boolean]>([
    [['wss://here'], true],
    [['ALL_RELAYS'], true],
    [['wss://there', 'wss://here'], true],
    [['wss://there'], false],
    [['all_relays'], false],
    [[], false],
  ])('for the relays %j count here: %s', (relays, counts) => {
    expect(asksToVanish(request(...relays), isOwn)).toBe(counts)
  })

  it('are of kind 62', () => {
    expect(asksToVanish(unsignedEvent(strangerKey('bob'), { tags: [['relay', 'ALL_RELAYS']] }), isOwn)).toBe(undefined)
  })
})
