import { describe, expect, it } from 'vitest'
import { BINDING_SECONDS, bindingTemplate, bindsNode, boundNode } from '../../../src/event/binding.ts'
import type { NostrEvent } from '../../../src/event/event.ts'
import { signEvent } from '../../../src/event/sign.ts'

const NODE = '12D3KooWHUyeVAphGsDYUmKYHJbDgVSrYFYFRvCYHRfHEwqTs1DF'
const NOW = 1_720_000_000
const signed = signEvent(bindingTemplate(NODE, NOW), new Uint8Array(32).fill(1))
const withTags = (tags: string[][]): NostrEvent => ({ ...signed, tags })

describe('binding (E11)', () => {
  it('is kind 30078 with the node in its d tag, an expiration and no content', () => {
    expect(bindingTemplate(NODE, NOW)).toEqual({
      kind: 30_078,
      created_at: NOW,
      tags: [
        ['d', `nostrp2p/node/${NODE}`],
        ['expiration', String(NOW + 180 * 24 * 3600)],
      ],
      content: '',
    })
  })

  it('binds the node that it names until it expires', () => {
    expect(boundNode(signed)).toBe(NODE)
    expect(bindsNode(signed, NODE, NOW)).toBe(true)
    expect(bindsNode(signed, NODE, NOW + BINDING_SECONDS - 1)).toBe(true)
    expect(bindsNode(signed, NODE, NOW + BINDING_SECONDS)).toBe(false)
  })

  it('binds no other node', () => {
    expect(bindsNode(signed, `${NODE}x`, NOW)).toBe(false)
    expect(bindsNode(signed, NODE.slice(0, -1), NOW)).toBe(false)
    expect(bindsNode(signed, '', NOW)).toBe(false)
  })

  it.each([
    ['without an expiration', []],
    ['with an expiration that nobody can read', [['expiration', 'never']]],
    ['with an empty expiration', [['expiration']]],
  ])('binds nothing %s', (_name, rest) => {
    expect(bindsNode(withTags([['d', `nostrp2p/node/${NODE}`], ...rest]), NODE, NOW)).toBe(false)
  })

  it('is no other kind and no other d tag', () => {
    expect(boundNode({ ...signed, kind: 30_079 })).toBeUndefined()
    expect(boundNode(withTags([]))).toBeUndefined()
    expect(boundNode(withTags([['d', NODE]]))).toBeUndefined()
    expect(boundNode(withTags([['d', `Nostrp2p/node/${NODE}`]]))).toBeUndefined()
  })
})
