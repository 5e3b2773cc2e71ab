/** IP addresses as they are compared: one spelling for each. */
import { isIP, isIPv4, SocketAddress } from 'node:net'

/** The canonical form; IPv4 as a dual-stack socket shows it counts as IPv4. Undefined for other text. */
export function canonicalAddress(given: string): string | undefined {
  // The interface of a link-local address is not part of who is there.
  const [text = ''] = given.split('%')
  if (isIP(text) === 0) return undefined
  if (isIPv4(text)) return text
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return mapped ?? address
}

/** Who counts as one when events are counted: an IPv4 address, or the /64 that a provider gives to one home. */
export function neighbourhood(address: string | undefined): string {
  const canonical = address === undefined ? undefined : canonicalAddress(address)
  if (canonical === undefined) return ''
  if (isIPv4(canonical)) return canonical
  const [head = '', tail] = canonical.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
  return `${groups.slice(0, 4).join(':')}::/64`
}
