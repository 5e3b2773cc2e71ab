import { describe, expect, it } from 'vitest'
import { canonicalAddress, neighbourhood } from '../../src/ip-address.ts'

describe('IP addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64'],
    ['::', '::', '0:0:0:0::/64'],
  ])('%s is %s, of the neighbourhood %s', (text, canonical, of) => {
    expect(canonicalAddress(text)).toBe(canonical)
    expect(neighbourhood(text)).toBe(of)
  })

  it.each(['', 'localhost', '192.0.2', '192.0.2.256', '[::1]', '2001:db8::1/64'])('"%s" is none', text => {
    expect(canonicalAddress(text)).toBeUndefined()
    expect(neighbourhood(text)).toBe('')
  })

  it('counts together who has no address', () => {
    expect(neighbourhood(undefined)).toBe('')
  })
})
