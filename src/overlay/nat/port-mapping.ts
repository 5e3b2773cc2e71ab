/** Asks the home router to let others in, by NAT-PMP or UPnP, and keeps it so. */
import { readFile } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../observe/clock.ts'
import { type Logger, messageOf } from '../../observe/log.ts'
import { scopeOfHost } from '../dial-filter.ts'
import { mapByPmp } from './nat-pmp.ts'

/** What a router lets in. */
export interface PortMapping {
  /** The outer address as the router knows it; another router may stand before it. */
  readonly address: string
  readonly port: number
  readonly by: 'NAT-PMP' | 'UPnP'
}

/** How far the question to the router has come; `refused` is also a router that does not answer. */
export type MappingState = 'unasked' | 'asking' | 'refused' | 'mapped'

export interface PortMappingParts {
  /** The TCP port of the overlay; the same on UDP answers STUN. */
  readonly port: () => number
  readonly clock: Clock
  readonly log: Logger
  /** There is a mapping, another one, or none any more. */
  readonly onChange: (mapping: PortMapping | undefined) => void
}

export interface PortMapper {
  /** Begins to ask; more calls change nothing. */
  start(): void
  mapping(): PortMapping | undefined
  state(): MappingState
  /** What the first question gave, once it is answered; at once when none was asked. */
  asked(): Promise<PortMapping | undefined>
  /** Takes the mapping away, if that can be done quickly. */
  stop(): Promise<void>
}

/** Routers forget; half of it is left when the mapping is renewed. */
const LIFETIME_MS = 3_600_000
/** A router that has no answer may have one after its next update. */
const RETRY_MS = 15 * 60_000
const UPNP_MS = 6_000
const STOP_MS = 1_000

/** One way to a mapping, and how to take it away again. */
interface Made extends PortMapping {
  remove(): Promise<unknown>
}

export function createPortMapper(parts: PortMappingParts): PortMapper {
  const { clock, log, port } = parts
  const ended = new AbortController()
  let made: Made | undefined
  let cancel = () => {}
  let isStarted = false
  let isAnswered = false
  let running: Promise<void> | undefined

  const mapping = () => made && { address: made.address, port: made.port, by: made.by }

  async function map(): Promise<void> {
    const before = made
    made = await byPmp(port(), log).then(found => found ?? byUpnp(port(), ended.signal, log))
    isAnswered = true
    const isChanged = before?.address !== made?.address || before?.port !== made?.port
    if (ended.signal.aborted) return
    if (isChanged) parts.onChange(mapping())
    cancel = clock.after(made === undefined ? RETRY_MS : LIFETIME_MS / 2, () => {
      running = map()
    })
  }

  return {
    start() {
      if (isStarted) return
      isStarted = true
      running = map()
    },
    mapping,
    state: () => (made !== undefined ? 'mapped' : !isStarted ? 'unasked' : isAnswered ? 'refused' : 'asking'),
    async asked() {
      await running
      return mapping()
    },
    async stop() {
      ended.abort()
      cancel()
      const late = new Promise<void>(resolve => clock.after(STOP_MS, resolve))
      await Promise.race([late, Promise.resolve(running).then(() => made?.remove())])
    },
  }
}

async function byPmp(port: number, log: Logger): Promise<Made | undefined> {
  for (const router of await routers()) {
    try {
      const { address, port: outer } = await mapByPmp(router, 'tcp', port, LIFETIME_MS / 1000)
      await mapByPmp(router, 'udp', port, LIFETIME_MS / 1000)
      const remove = () => Promise.all([mapByPmp(router, 'tcp', port, 0), mapByPmp(router, 'udp', port, 0)])
      return { address, port: outer, by: 'NAT-PMP', remove }
    } catch (error) {
      log('debug', 'no mapping by NAT-PMP', { router, reason: messageOf(error) })
    }
  }
  return undefined
}

/** Loaded here and not before: it reads XML and speaks SSDP, which a node with a public address never needs. */
async function byUpnp(port: number, ended: AbortSignal, log: Logger): Promise<Made | undefined> {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(UPNP_MS)])
  try {
    const { upnpNat } = await import('@achingbrain/nat-port-mapper')
    const client = upnpNat({ ttl: LIFETIME_MS, description: 'nostrp2p', autoRefresh: false })
    for await (const gateway of client.findGateways({ signal })) {
      if (gateway.family !== 'IPv4') continue
      for (const host of localAddresses()) {
        try {
          const { externalHost, externalPort } = await gateway.map(port, host, { protocol: 'tcp', signal })
          await gateway.map(port, host, { protocol: 'udp', signal })
          const remove = () => gateway.stop({ signal: AbortSignal.timeout(STOP_MS) })
          return { address: externalHost, port: externalPort, by: 'UPnP', remove }
        } catch (error) {
          log('debug', 'no mapping by UPnP', { router: gateway.host, reason: messageOf(error) })
        }
      }
    }
  } catch (error) {
    log('debug', 'no router was found by UPnP', { reason: messageOf(error) })
  }
  return undefined
}

/** The routers to the world: from the system where it says so, otherwise the usual first address of each home network. */
async function routers(): Promise<string[]> {
  try {
    const routes = (await readFile('/proc/net/route', 'utf8')).split('\n').map(line => line.split('\t'))
    const found = routes.filter(([, destination]) => destination === '00000000').map(([, , gateway]) => gateway ?? '')
    return [...new Set(found.map(hex => [...Buffer.from(hex, 'hex')].reverse().join('.')))].filter(ip => isIPv4(ip))
  } catch {
    // Not Linux.
    return [...new Set(localAddresses().map(address => address.replace(/\.\d+$/, '.1')))]
  }
}

function localAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap(found => found ?? [])
  return all.map(({ address }) => address).filter(address => isIPv4(address) && scopeOfHost(address) === 'private')
}
