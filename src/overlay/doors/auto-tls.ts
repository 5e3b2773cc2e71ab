/**
 * A TLS certificate for the WebSocket door without a domain of one's own (specification/away.md, D7): the service of
 * `libp2p.direct` answers for a name under which the node's address stands, and Let's Encrypt signs. Off unless switched on.
 */
import { autoTLS } from '@ipshipyard/libp2p-auto-tls'
import { privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { FetchInit, Middleware, MiddlewareOptions } from '@libp2p/http'
import {
  type ComponentLogger,
  type Libp2pEvents,
  type Logger as LibraryLogger,
  NotFoundError,
  type PrivateKey,
  type TLSCertificate,
  TypedEventEmitter,
} from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../observe/clock.ts'
import { type Logger, messageOf } from '../../observe/log.ts'
import type { DoorComponents, DoorTls, UseCertificate } from './doors.ts'

/** Where keys and certificate are kept; the names are the library's. */
export interface AutoTlsStore {
  get(name: string): Promise<Uint8Array | undefined>
  put(name: string, value: Uint8Array): Promise<void>
}

export interface AutoTlsParts {
  readonly components: DoorComponents
  /** How the program names itself. */
  readonly agent: string
  readonly store: AutoTlsStore
  readonly clock: Clock
  readonly log: Logger
  readonly use: UseCertificate
  /** Tests only: other services than those of the Internet, and no wait before they are asked. */
  readonly services?: Partial<Record<'forgeEndpoint' | 'forgeDomain' | 'acmeDirectory', string>> & {
    readonly provisionDelay?: number
  }
}

/** The library tries again every five seconds for ever: after so many failures it is left alone for a while. */
const MAX_FAILURES = 3
const REST_MS = 3_600_000

export function startAutoTls(parts: AutoTlsParts): DoorTls {
  const { components, store, clock, log, use, services } = parts
  const events = new TypedEventEmitter<Libp2pEvents>()
  /** Under the certificate's domain, one for each address. */
  const names = new Set<string>()
  let addresses: readonly Multiaddr[] = []
  let failures = 0
  let cancelRest = () => {}
  let isStopped = false
  const logger = listeningLogger(components.logger, reason => void failed(reason))
  const library = libraryOf()

  function libraryOf() {
    const { privateKey, peerId } = components
    const addressManager = {
      getAddresses: () => [...addresses],
      getAddressesWithMetadata: () => addresses.map(address => ({ multiaddr: address })),
      addDNSMapping: (name: string) => void names.add(name),
      removeDNSMapping: (name: string) => void names.delete(name),
      confirmObservedAddr() {},
    }
    const nodeInfo = { name: parts.agent, version: '', userAgent: parts.agent }
    const given = {
      privateKey,
      peerId,
      logger,
      events,
      nodeInfo,
      addressManager,
      ...keptIn(store),
      http: { fetch: createFetch({ privateKey, logger }) },
    }
    // Of the larger parts of libp2p it uses what is here.
    return autoTLS(services ?? {})(given as unknown as Parameters<ReturnType<typeof autoTLS>>[0])
  }

  function onCertificate({ detail }: CustomEvent<TLSCertificate>): void {
    failures = 0
    log('info', 'the door for browsers has a TLS certificate of libp2p.direct')
    // The library learns its names by the same event, after this.
    queueMicrotask(() => use(detail, [...names]))
  }

  async function failed(reason: string): Promise<void> {
    failures += 1
    if (failures === 1) log('warn', 'no TLS certificate could be had from libp2p.direct; it is tried again', { reason })
    if (failures < MAX_FAILURES || isStopped) return
    failures = 0
    await turn('stop')
    cancelRest = clock.after(REST_MS, () => void turn('start').then(ask))
  }

  async function turn(how: 'start' | 'stop'): Promise<void> {
    const method: unknown = Reflect.get(library, how)
    if (typeof method !== 'function') throw new Error('the library has changed: it cannot be started and stopped')
    await method.call(library)
  }

  function ask(): void {
    if (addresses.length > 0) events.safeDispatchEvent('self:peer:update')
  }

  events.addEventListener('certificate:provision', onCertificate)
  events.addEventListener('certificate:renew', onCertificate)
  const starting = turn('start').catch(error => log('warn', 'auto-tls cannot be started', { reason: messageOf(error) }))
  return {
    told(door) {
      const plain = door.filter(address => /^\/ip[46]\/[^/]+\/tcp\/\d+\/ws$/.test(address)).map(text => multiaddr(text))
      if (plain.join() === addresses.join()) return
      addresses = plain
      void starting.then(ask)
    },
    stop() {
      isStopped = true
      cancelRest()
      void turn('stop').catch(error => log('debug', 'auto-tls did not stop cleanly', { reason: messageOf(error) }))
    },
  }
}

/** `fetch` with what proves the node's key; the client of `@libp2p/http` would bring another HTTP stack for that. */
function createFetch(parts: { readonly privateKey: PrivateKey; readonly logger: ComponentLogger }) {
  return async function ask(resource: string | URL, init: FetchInit): Promise<Response> {
    const url = new URL(resource)
    const inside = { ...parts, http: { fetch: ask } }
    const middleware: Middleware[] = (init.middleware ?? []).map(make => make(inside))
    const { method = 'GET', body, signal } = init
    const options: MiddlewareOptions = { ...init, method, headers: new Headers(init.headers), middleware }
    for (const step of middleware) await step.prepareRequest?.(url, options)
    let response = await fetch(url, {
      method,
      headers: options.headers,
      ...(body && { body }),
      ...(signal && { signal }),
    })
    for (const step of middleware) response = (await step.processResponse?.(url, options, response)) ?? response
    return response
  }
}

/** Keychain and datastore of libp2p, as far as the library uses them. */
function keptIn(store: AutoTlsStore) {
  const get = async (name: string): Promise<Uint8Array> => {
    const value = await store.get(name)
    if (value === undefined) throw new NotFoundError(`${name} is not kept`)
    return value
  }
  return {
    keychain: {
      exportKey: async (name: string) => privateKeyFromProtobuf(await get(name)),
      importKey: (name: string, key: PrivateKey) => store.put(name, privateKeyToProtobuf(key)),
    },
    datastore: {
      get: (key: { toString(): string }) => get(key.toString()),
      put: (key: { toString(): string }, value: Uint8Array) => store.put(key.toString(), value),
    },
  }
}

/** The library says to its log alone that it failed. */
function listeningLogger(logger: ComponentLogger, onFailure: (reason: string) => void): ComponentLogger {
  return {
    forComponent(name) {
      const inner = logger.forComponent(name)
      const error = (format: unknown, ...args: unknown[]) => {
        inner.error(format, ...args)
        if (String(format).startsWith('provisioning certificate failed')) onFailure(messageOf(args.at(-1)))
      }
      const line = (format: unknown, ...args: unknown[]) => inner(format, ...args)
      return Object.assign(line, {
        enabled: inner.enabled,
        trace: inner.trace,
        error,
        newScope: inner.newScope,
      }) as LibraryLogger
    },
  }
}
