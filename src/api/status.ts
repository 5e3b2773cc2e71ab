/** GET /status, /binding, /metrics, /healthz and the page at /. */

import type { ReadStatus } from '../flow/status.ts'
import type { BindingReport } from '../wire/binding-report.ts'
import type { Route } from './connection.ts'
import type { Metrics } from './metrics.ts'
import { refusalPage, statusPage, unclaimedPage } from './page.ts'
import type { Reader } from './reader.ts'
import { compressible, failed, JSON_TYPE, json, NO_STORE } from './reply.ts'
import type { WebFiles } from './web-files.ts'

export interface StatusParts {
  readonly readStatus: ReadStatus
  readonly readBinding: () => BindingReport
  readonly readMetrics: () => Promise<Metrics>
  readonly owner: () => string | undefined
  readonly writable: boolean
  readonly reader: Reader
  /** What the node says of itself as a relay (NIP-11); more of it to who may read. */
  readonly information: (isReader: boolean) => object
  readonly web?: WebFiles | undefined
}

/** No script, nothing from elsewhere, in nobody's frame; and the token in its address is told to nobody. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action"
const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `${POLICY} 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

/** With `no-referrer` a browser does not say where a form comes from; what goes elsewhere still tells nothing. */
export const FORM_PAGE_HEADERS = {
  ...PAGE_HEADERS,
  'Content-Security-Policy': `${POLICY} 'self'`,
  'Referrer-Policy': 'same-origin',
}

/** Open to everyone, and says only that the node answers. */
export const healthRoute: Route = async () => json({ Status: 'OK' })

export function createStatusRoute({ reader, readStatus }: StatusParts): Route {
  return async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    const text = JSON.stringify(await readStatus(), null, 2)
    return compressible(text, request.header('accept-encoding'), {
      'Content-Type': JSON_TYPE,
      ...NO_STORE,
    })
  }
}

/** What the owner has to sign so that the node is theirs, and how it stands with that. */
export function createBindingRoute({ reader, readBinding }: StatusParts): Route {
  return async request => {
    const access = await reader.admit(request)
    return 'error' in access ? failed(access) : json(readBinding(), 200, NO_STORE)
  }
}

export function createMetricsRoute({ reader, readMetrics }: StatusParts): Route {
  return async request => {
    const access = await reader.admit(request)
    if ('error' in access) return failed(access)
    const { contentType, text } = await readMetrics()
    return compressible(text, request.header('accept-encoding'), { 'Content-Type': contentType })
  }
}

const INFORMATION_TYPE = 'application/nostr+json'
/** For every page that asks (NIP-11): it holds nothing that is not for everybody, or who asks may read. */
const INFORMATION_HEADERS = {
  'Content-Type': INFORMATION_TYPE,
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
  'Cache-Control': 'no-store',
  Vary: 'Accept',
}

/** The page, or what the node is as a relay (NIP-11); without a page the plain one. */
export function createPageRoute(parts: StatusParts): Route {
  const { reader, information, web } = parts
  const plain = createPlainRoute(parts)
  return async request => {
    if (request.header('accept')?.toLowerCase().includes(INFORMATION_TYPE) === true) {
      const access = await reader.admit(request)
      const text = JSON.stringify(information(!('error' in access)))
      return new Response(text, { headers: INFORMATION_HEADERS })
    }
    if (web === undefined) return plain(request)
    const [, token, query = ''] = WITHOUT_SLASH.exec(request.path) ?? []
    if (token !== undefined) return sentOn(`${token}/${query}`)
    return web.serve('/index.html', request.header('accept-encoding'))
  }
}

/** The address as it is printed. The page's files stand below it, so a browser needs a slash behind it. */
const WITHOUT_SLASH = /^\/k\/([^/?]+)(\?.*)?$/

/** @param to relative, so that it holds behind any proxy */
function sentOn(to: string): Response {
  return new Response(null, { status: 302, headers: { Location: to, 'Referrer-Policy': 'no-referrer', ...NO_STORE } })
}

/** How it stands with the node, for people, without a script. */
export function createPlainRoute({ reader, readStatus, owner, writable }: StatusParts): Route {
  return async request => {
    const access = await reader.admit(request)
    if ('error' in access) {
      const headers = { ...PAGE_HEADERS, ...access.headers }
      return new Response(refusalPage(access), { status: access.status, headers })
    }
    const status = await readStatus()
    const html = owner() === undefined ? unclaimedPage(status, writable) : statusPage(status, request.pathToken)
    return compressible(html, request.header('accept-encoding'), PAGE_HEADERS)
  }
}
