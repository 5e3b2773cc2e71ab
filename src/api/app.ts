/**
 * The client side as a function from Request to Response. It knows no socket: `server.ts` serves it over TCP, and a
 * libp2p stream could as well.
 */
import { type Context, Hono } from 'hono'
import { getPath } from 'hono/utils/url'
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import type { Rejection } from '../event/rejection.ts'
import type { CatchUp } from '../flow/catch-up.ts'
import type { Claim } from '../flow/claim.ts'
import type { Devices } from '../flow/devices.ts'
import type { MakeExport } from '../flow/export.ts'
import type { HouseRules } from '../flow/house-rules.ts'
import type { Import } from '../flow/import.ts'
import type { Manage } from '../flow/manage.ts'
import type { Publish } from '../flow/publish.ts'
import type { Query } from '../flow/query.ts'
import type { SettingsDesk } from '../flow/settings-desk.ts'
import type { ReadStatus } from '../flow/status.ts'
import type { ReadWays } from '../flow/ways.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { BindingReport } from '../wire/binding-report.ts'
import type { Journal } from '../words/journal.ts'
import { isLoopbackAddress } from './access.ts'
import { createAwayRules } from './away.ts'
import { type BodyBound, readBody } from './body.ts'
import type { ApiRequest, Connection, Route } from './connection.ts'
import { allowOrigin, answerPreflight, isPreflight } from './cors.ts'
import { createDevicesRoutes } from './devices.ts'
import { createDoctorRoute, type Doctor } from './doctor.ts'
import { createExportRoute } from './export.ts'
import { createGate, type Gate, type Place } from './gate.ts'
import { createHttpAuth } from './http-auth.ts'
import { createImportRoute } from './import.ts'
import { API_LIMITS, type ApiLimits } from './limits.ts'
import { createLogRoute } from './log.ts'
import { createManagementRoute } from './management.ts'
import { createMetrics } from './metrics.ts'
import { createPairingRoutes, type PairingRoutesParts } from './pairing.ts'
import { createPublicRoutes, type PublicRoutesParts } from './public.ts'
import { createPublishRoute } from './publish.ts'
import { createPushRoutes, type PushRoutesParts } from './push.ts'
import { createQueryRoute } from './query.ts'
import { createReader } from './reader.ts'
import { createRelayManagement } from './relay-management.ts'
import { fail, failed, failedAsOriginal } from './reply.ts'
import { createSettingsRoutes } from './settings.ts'
import {
  createBindingRoute,
  createMetricsRoute,
  createPageRoute,
  createPlainRoute,
  createStatusRoute,
  healthRoute,
} from './status.ts'
import { createSyncRoute, createSyncStatusRoute } from './sync.ts'
import { pathOf, pathToken, routePath } from './tokens.ts'
import { createWaysRoute } from './ways.ts'
import { createFileRoute, type WebFiles } from './web-files.ts'

export interface AppParts {
  readonly publish: Publish
  readonly makeExport: MakeExport
  readonly importLines: Import
  /** Which devices are told at once what came. */
  readonly pushes: PushRoutesParts['pushes']
  readonly query: Query
  readonly claim: Claim
  /** Changes what the relay does (NIP-86). */
  readonly manage: Manage
  /** What the owner has decided so. */
  readonly rules: Pick<HouseRules, 'list' | 'info'>
  /** Whether a URL leads to this node's relay. */
  readonly isOwnRelay: (url: string) => boolean
  readonly readStatus: ReadStatus
  readonly readWays: ReadWays
  readonly whereIs: PublicRoutesParts['whereIs']
  readonly version: PublicRoutesParts['version']
  /** Where the owner changes the settings of the node; undefined where its starter has none. */
  readonly settings?: SettingsDesk | undefined
  /** How complete the node is, and the owner's wish that it be. */
  readonly catchUp: Pick<CatchUp, 'ask' | 'status'>
  readonly readBinding: () => BindingReport
  /** What keeps this node from working, and what to do. */
  readonly doctor: Doctor
  /** What happens in the node. */
  readonly journal: Pick<Journal, 'last' | 'follow'>
  /** What the node says of itself as a relay (NIP-11); more of it to who may read. */
  readonly information: (isReader: boolean) => object
  /** The owner's public key; undefined while the node is unclaimed. */
  readonly owner: () => string | undefined
  /** False: every write is refused (`-w false`). */
  readonly writable: boolean
  /** Codes that let new devices in, and what those keep to find the node when they are away. */
  readonly pairings: PairingRoutesParts['pairings']
  readonly away: PairingRoutesParts['away']
  /** Whose tokens open the node. */
  readonly devices: Devices
  /** The one-time token while the node is unclaimed. */
  readonly claimToken: () => string | undefined
  /** Checks the signature of an event whose form and id are right (NIP-98). */
  readonly verify: (event: NostrEvent) => Promise<VerifiedEvent | Rejection>
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Logger
  /** The page for people; undefined where it was not built. */
  readonly web?: WebFiles | undefined
  readonly limits?: Partial<ApiLimits>
}

export type App = Hono<{ Bindings: Connection }>
type AppContext = Context<{ Bindings: Connection }>
/** Method → route, of one path. */
type Routes = Readonly<Record<string, Route>>

/** Asked by the original's clients, which know the sentence alone. */
const ORIGINALS: ReadonlySet<string> = new Set(['/publish', '/req'])
const NOT_FOUND = fail(404, 'Resource not found')
const NOT_ALLOWED = 'Method not allowed'
const BUSY = fail(503, 'The node is busy. Try again in a moment.', 'busy', { 'Retry-After': '1' })
const BROKEN = fail(500, 'The node could not do that, by a fault of its own. Its log says more.', 'fault')

/** Answers every request; throws nothing. */
export function createApp(parts: AppParts): App {
  const { clock } = parts
  const limits = { ...API_LIMITS, ...parts.limits }
  const httpAuth = createHttpAuth(parts)
  const reader = createReader({ ...parts, httpAuth })
  const client = { ...parts, reader, httpAuth, readMetrics: createMetrics(parts) }
  const bounds = { maxBytes: limits.maxBodiesBytes }
  const localGate = createGate({ ...bounds, maxRequests: limits.maxLocalRequests })
  const remoteGate = createGate({ ...bounds, maxRequests: limits.maxRemoteRequests })

  // Whoever is nobody's device takes no place of those that are.
  const strangersGate = createGate({ ...bounds, maxRequests: limits.maxStrangersRequests })
  const awayRules = createAwayRules(parts.devices, parts.counters)

  function gateOf({ remoteAddress, peer }: Connection): Gate {
    if (peer !== undefined && !parts.devices.hasPeer(peer)) return strangersGate
    return isLoopbackAddress(remoteAddress) ? localGate : remoteGate
  }

  /** @param path as it is routed */
  async function answer(c: AppContext, routes: Routes, path: string): Promise<Response> {
    // Hono hands on what its caller gave: nothing at all on a transport that knows no bindings.
    const connection: Connection = (c.env as Connection | undefined) ?? {}
    const { peer, limited = false } = connection
    const place = gateOf(connection).enter()
    const bound = awayRules.bodyBound(peer, limited)
    const request = apiRequest(c.req.raw, connection, { place, bound, clock, timeoutMs: limits.bodyTimeoutMs })
    const refusal = awayRules.refusalOf(request, path)
    if (refusal !== undefined) {
      place?.leave()
      return count(failed(refusal))
    }
    // A pairing code is as good as a token.
    const byToken = request.pathToken !== undefined || path === '/pair'
    if (request.method === 'OPTIONS' && isPreflight(request)) {
      place?.leave()
      // Every page may ask for what the node is (NIP-11); the status page beside it stays unreadable to it.
      const isForAll = byToken || (c.req.path === '/' && request.header('access-control-request-method') === 'GET')
      return count(answerPreflight(request, Object.keys(routes), isForAll))
    }
    const tell = ORIGINALS.has(c.req.path) ? failedAsOriginal : failed
    const response = await run(request, place, routes, tell)
    allowOrigin(response, request, byToken)
    return count(response)
  }

  async function run(
    request: ApiRequest,
    place: Place | undefined,
    routes: Routes,
    tell: typeof failed,
  ): Promise<Response> {
    if (place === undefined) return tell(BUSY)
    try {
      const method = request.method === 'HEAD' ? 'GET' : request.method
      if (Object.hasOwn(routes, method)) return await routes[method]!(request)
      return failed(fail(405, NOT_ALLOWED, undefined, { Allow: [...Object.keys(routes), 'OPTIONS'].join(', ') }))
    } catch (error) {
      return broken(error, tell)
    } finally {
      place.leave()
    }
  }

  function broken(error: unknown, tell = failed): Response {
    parts.log('error', 'a client request failed', { reason: messageOf(error) })
    return tell(BROKEN)
  }

  function count(response: Response): Response {
    parts.counters.add('http_requests', `${Math.floor(response.status / 100)}xx`)
    return response
  }

  const app: App = new Hono({ getPath: request => routePath(getPath(request)) })
  const relayManagement = createRelayManagement(client)
  const devices = createDevicesRoutes(client)
  const settings = createSettingsRoutes(client)
  const push = createPushRoutes(client)
  const open = createPublicRoutes(client)
  const pairing = createPairingRoutes(client)
  const paths: Readonly<Record<string, Routes>> = {
    '/publish': { POST: createPublishRoute(client) },
    '/req': { POST: createQueryRoute(client) },
    '/binding': { GET: createBindingRoute(client) },
    '/sync': { GET: createSyncStatusRoute(client), POST: createSyncRoute(client) },
    '/devices': { GET: devices.list, POST: devices.add },
    '/devices/this': { POST: pairing.addPeer },
    '/devices/:id': { POST: devices.rename, DELETE: devices.revoke },
    '/pairing': { POST: pairing.make },
    '/pairing/:id': { DELETE: pairing.takeBack },
    '/pair': { POST: pairing.pair },
    '/away': { GET: pairing.show },
    '/ways': { GET: createWaysRoute(client) },
    '/doctor': { POST: createDoctorRoute(client) },
    '/export': { GET: createExportRoute(client) },
    '/import': { POST: createImportRoute(client) },
    '/log': { GET: createLogRoute(client) },
    '/settings': { GET: settings.show, POST: settings.change },
    '/restart': { POST: settings.restart },
    '/push': { GET: push.show, POST: push.subscribe, DELETE: push.unsubscribe },
    '/status': { GET: createStatusRoute(client) },
    '/metrics': { GET: createMetricsRoute(client) },
    '/healthz': { GET: healthRoute },
    '/where/:peer': { GET: open.where },
    '/version': { GET: open.version },
    '/relay': { GET: relayManagement.show, POST: relayManagement.change },
    '/plain': { GET: createPlainRoute(client) },
    '/': { GET: createPageRoute(client), POST: createManagementRoute(client) },
    ...Object.fromEntries(
      (parts.web?.paths ?? []).map(path => [path, { GET: createFileRoute(parts.web!, path) }] as const),
    ),
  }
  for (const [path, routes] of Object.entries(paths)) app.all(path, c => answer(c, routes, path))
  app.onError(error => count(broken(error)))
  app.notFound(() => count(failed(NOT_FOUND)))
  return app
}

function apiRequest(
  request: Request,
  connection: Connection,
  body: {
    readonly place: Place | undefined
    readonly bound: BodyBound | undefined
    readonly clock: Clock
    readonly timeoutMs: number
  },
): ApiRequest {
  const header = (name: string) => request.headers.get(name) ?? undefined
  const { place, ...bounds } = body
  const {
    remoteAddress,
    peer,
    limited = false,
    secure = false,
    exactLength = false,
    cut = () => {},
    unhurried,
  } = connection
  const { url } = request
  const path = url.slice(url.indexOf('/', url.indexOf('//') + 2))
  return {
    remoteAddress,
    peer,
    limited,
    secure,
    header,
    method: request.method,
    pathToken: pathToken(pathOf(path)),
    path,
    cut,
    openBody() {
      unhurried?.()
      return request.body ?? undefined
    },
    readBody: async type =>
      place === undefined ? BUSY : readBody({ request, header, type, exactLength, place, ...bounds }),
  }
}
