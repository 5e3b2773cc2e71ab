/**
 * What browsers are told (Fetch standard, "CORS protocol"; private-network preflight). Credentials in the sense of
 * CORS (cookies) are never allowed: whoever may read either sits at this machine or shows a token in the request.
 */
import { isHomeOrigin, type RequestFacts } from './access.ts'
import { PREFLIGHT_SECONDS } from './limits.ts'
import { type Failure, failed, JSON_TYPE } from './reply.ts'

/**
 * The original's list, and what it forgot: the private-network header that its own phone client sends, and
 * `authorization`. In the original's spelling.
 */
const ALLOWED_HEADERS = [
  'Accept',
  'Accept-Encoding',
  'Content-Type',
  'Access-Control-Request-Headers',
  'Access-Control-Request-Method',
  'Access-Control-Request-Private-Network',
  'Authorization',
  'Origin',
  'Referer',
  'User-Agent',
]
const ALLOWED_NAMES = new Set(ALLOWED_HEADERS.map(name => name.toLowerCase()))
const EXPOSED_HEADERS = 'Nostrp2p-Cursor,Nostrp2p-More,Nostrp2p-Events,Nostrp2p-Code'

const REFUSED: Failure = { status: 403, error: 'Invalid Preflight Request' }

/** A preflight has both headers; an OPTIONS request without them is an ordinary one. */
export function isPreflight(facts: RequestFacts): boolean {
  return facts.header('origin') !== undefined && facts.header('access-control-request-method') !== undefined
}

/**
 * @param methods of the route, without OPTIONS
 * @param byToken whether the path carries a token: then the token is the judge, and any page may ask
 */
export function answerPreflight(facts: RequestFacts, methods: readonly string[], byToken: boolean): Response {
  const origin = facts.header('origin') ?? ''
  const method = facts.header('access-control-request-method') ?? ''
  const wanted = (facts.header('access-control-request-headers') ?? '')
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '')
  const allowed = byToken || wanted.includes('authorization') || isHomeOrigin(origin, facts)
  if (!allowed || !methods.includes(method) || !wanted.every(name => ALLOWED_NAMES.has(name))) return failed(REFUSED)
  const headers: Record<string, string> = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': [...methods, 'OPTIONS'].join(','),
    'Access-Control-Allow-Headers': ALLOWED_HEADERS.join(','),
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    'Content-Type': JSON_TYPE,
    Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  }
  if (facts.header('access-control-request-private-network') === 'true') {
    headers['Access-Control-Allow-Private-Network'] = 'true'
  }
  return new Response('', { status: 200, headers })
}

/** Lets the page that asked read the answer, if it may; answers without an Origin stay as short as they are. */
export function allowOrigin(response: Response, facts: RequestFacts, byToken: boolean): void {
  const origin = facts.header('origin')
  // A browser lets the node's own page read everything, and says that it is one.
  if (origin === undefined || facts.header('sec-fetch-site') === 'same-origin') return
  response.headers.append('Vary', 'Origin')
  if (byToken || facts.header('authorization') !== undefined || isHomeOrigin(origin, facts)) {
    response.headers.set('Access-Control-Allow-Origin', origin)
    response.headers.set('Access-Control-Expose-Headers', EXPOSED_HEADERS)
  }
}
