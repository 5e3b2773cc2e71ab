/** The page that another device should open to be paired. */
import { plainPath } from '../node/address.ts'

/** Nobody else comes to these. */
const LOCAL = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/**
 * This page's own address where a device finds it from everywhere and may do everything there. Otherwise undefined: the node
 * knows better. Over plain http a page cannot be installed, so that it would not open away from home.
 */
export function pageOfDevices(
  page: Pick<Location, 'protocol' | 'hostname' | 'origin' | 'pathname'> = location,
): string | undefined {
  const { protocol, hostname, origin, pathname } = page
  if (protocol !== 'https:' || LOCAL.test(hostname)) return undefined
  return `${origin}${plainPath(pathname)}`
}
