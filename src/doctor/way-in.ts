/** Whether others get in at the place of a node that does not run: a bootstrap is asked to come in, at the same port. */
import type { Config } from '../config.ts'
import { createVisitor, isPublicAddress, type Visit, type Visitor } from '../diagnose.ts'
import type { Clock } from '../observe/clock.ts'
import type { PortState } from './port-states.ts'

/**
 * `open`, with the multiaddrs; `local`: nodes of this network got in, and nobody outside was asked; `shut`: nobody who tried
 * got in; `not-asked`, and why not, as a phrase.
 */
export type WayInState =
  | { readonly state: 'open' | 'local'; readonly addresses: readonly string[] }
  | { readonly state: 'shut'; readonly seen: readonly string[] }
  | { readonly state: 'not-asked'; readonly why: string }

/** More say the same. */
const MAX_ASKED = 2

export interface WayInParts {
  readonly config: Config
  readonly clock: Clock
  /** Of the overlay's port. */
  readonly port: PortState
  /** The nodes that may be asked. */
  readonly witnesses: Promise<readonly Visit[]>
  readonly signal: AbortSignal
}

export async function askWayIn({ config, clock, port, witnesses, signal }: WayInParts): Promise<WayInState> {
  const { listen } = config
  if (listen.port === 0) return { state: 'not-asked', why: 'the port is another one at each start' }
  if (port !== 'free') return { state: 'not-asked', why: `port ${listen.port} is not free` }
  const askable = (await witnesses).filter(({ comesIn }) => comesIn).slice(0, MAX_ASKED)
  if (askable.length === 0) return { state: 'not-asked', why: 'nobody could be asked' }
  const visitor = await listening(clock, listen)
  if (visitor === undefined) return { state: 'not-asked', why: `port ${listen.port} could not be listened on` }
  try {
    const answers = await Promise.all(askable.map(({ address }) => visitor.askIn(address, portsOf(config), signal)))
    const ways = answers.flatMap(answer => ('failed' in answer ? [] : [answer]))
    if (ways.length === 0) return { state: 'not-asked', why: 'nobody gave an answer' }
    // What nodes of this network say tells nothing of the others.
    const outside = ways.filter(({ seen }) => isPublicAddress(seen))
    const asked = outside.length > 0 ? outside : ways
    const addresses = asked.flatMap(({ seen, open }) =>
      open.map(port => `/ip${seen.includes(':') ? 6 : 4}/${seen}/tcp/${port}`),
    )
    if (addresses.length > 0)
      return { state: outside.length > 0 ? 'open' : 'local', addresses: [...new Set(addresses)] }
    return { state: 'shut', seen: [...new Set(asked.map(({ seen }) => seen))] }
  } finally {
    await visitor.stop()
  }
}

/** The port that is listened on, and those that a router forwards to it by what the owner announces. */
function portsOf({ listen, announce }: Config): number[] {
  const announced = announce.flatMap(address => Number(/\/tcp\/(\d+)$/.exec(address)?.[1] ?? 0))
  return [...new Set([listen.port, ...announced])].filter(port => port > 0).slice(0, 2)
}

/** Another program may have been quicker. */
async function listening(clock: Clock, listen: Config['listen']): Promise<Visitor | undefined> {
  try {
    return await createVisitor(clock, listen)
  } catch {
    return undefined
  }
}
