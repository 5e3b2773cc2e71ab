import { describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../../src/event/binding.ts'
import { bindingToSign, deviceName } from '../../../src/web/state/claim.ts'
import { clockAhead, isClockOff } from '../../../src/web/state/clock.ts'
import type { BindingReport } from '../../../src/wire/binding-report.ts'

const NODE = '12D3KooWNode'
const NOW = 1_790_000_000

function bindingOf(event: Partial<BindingReport['event']> = {}): BindingReport {
  const template = bindingTemplate(NODE, NOW)
  const tags = template.tags.map(tag => [...tag])
  return { owner: null, node: NODE, state: 'none', expires: null, advice: '', event: { ...template, tags, ...event } }
}

describe('what the node wants signed', () => {
  it('is signed when it is a binding of that node', () => {
    const binding = bindingOf()
    expect(bindingToSign(binding, NOW + 60)).toEqual(binding.event)
  })

  const end = ['expiration', String(NOW + 1000)]
  it.each([
    ['a post', { kind: 1 }],
    ['a binding with words in it', { content: 'I owe you' }],
    ['a binding of another node', { tags: [['d', 'nostrp2p/node/12D3KooWOther'], end] }],
    ['a binding without an end', { tags: [['d', `nostrp2p/node/${NODE}`]] }],
    ['a binding with more in it', { tags: [['d', `nostrp2p/node/${NODE}`], end, ['p', 'x']] }],
    [
      'a binding for many years',
      {
        tags: [
          ['d', `nostrp2p/node/${NODE}`],
          ['expiration', String(NOW + 1e9)],
        ],
      },
    ],
    ['settings of another program', { tags: [['d', 'other'], end] }],
  ])('is not signed when it is %s', (_, event) => {
    expect(bindingToSign(bindingOf(event), NOW)).toEqual({ claimTrouble: 'not-binding' })
  })

  it('is not signed for another time than now', () => {
    expect(bindingToSign(bindingOf(), NOW + 1000)).toEqual({ claimTrouble: 'clock', nodeSeconds: NOW })
  })
})

describe('the clock', () => {
  const at = Date.parse('Sat, 21 Nov 2026 18:00:00 GMT')
  it.each([
    [at + 100, at + 200, 0],
    // The header may be of just before its second ended.
    [at + 900, at + 1_900, 0],
    [at + 3_600_000, at + 3_600_100, 3_599],
    [at - 3_600_100, at - 3_600_000, -3_600],
  ])('asked at %d and answered at %d is ahead by %d s', (asked, answered, ahead) => {
    expect(clockAhead(new Date(at).toUTCString(), asked, answered)).toBe(ahead)
  })

  it('is unknown when the node does not say, and then not off', () => {
    expect(clockAhead(null, at, at)).toBeUndefined()
    expect(isClockOff(undefined)).toBe(false)
    expect(isClockOff(-301)).toBe(true)
  })
})

describe('a device', () => {
  it.each([
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome, Android'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1', 'Safari, iPhone'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge, Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Linux'],
    ['curl', 'Browser'],
  ])('that says %s is %s', (userAgent, name) => expect(deviceName(userAgent)).toBe(name))
})
