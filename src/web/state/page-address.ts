/** The pages that another device can open to be paired. */
import { PAGE_API, type Version } from '../../wire/version.ts'
import { plainPath } from '../node/address.ts'

/** Nobody else comes to these. */
const LOCAL = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/**
 * This page's own address where a device finds it from everywhere and may do everything there; otherwise undefined. Over
 * plain http a page cannot be installed, so that it would not open away from home.
 */
export function ownPage(
  page: Pick<Location, 'protocol' | 'hostname' | 'origin' | 'pathname'> = location,
): string | undefined {
  const { protocol, hostname, origin, pathname } = page
  if (protocol !== 'https:' || LOCAL.test(hostname)) return undefined
  return `${origin}${plainPath(pathname)}`
}

const DOOR = /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)(\/tls(?:\/sni\/[^/]+)?)?\/ws(?:\/|$)/
const MAX_ASKED = 4
const ASK_MS = 3_000

/**
 * Where the nodes behind these addresses have their client side, as far as one can tell: a node that was started without
 * ports of its own has it right below its door for browsers.
 */
export function clientSidesOf(addresses: readonly string[]): string[] {
  const origins = addresses.flatMap(address => {
    const [, host, port, tls] = DOOR.exec(address) ?? []
    if (host === undefined) return []
    return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${Number(port) - 1}`
  })
  return [...new Set(origins)].slice(0, MAX_ASKED)
}

/** The first public node among them that has a page for everybody, of the kind that this one is. */
export async function findPublicPage(
  addresses: readonly string[],
  ask: (url: string) => Promise<unknown> = askJson,
): Promise<string | undefined> {
  const found = await Promise.all(
    clientSidesOf(addresses).map(async origin => {
      const { isPublicPage, api } = ((await ask(`${origin}/version`)) ?? {}) as Partial<Version>
      return isPublicPage === true && api === PAGE_API ? `${origin}/` : undefined
    }),
  )
  return found.find(page => page !== undefined)
}

async function askJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_MS), credentials: 'omit', cache: 'no-store' })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}
