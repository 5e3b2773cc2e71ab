/** What everybody may ask: where a node is, and what this page and program are (specification/away.md, D4 and D5). */
import type { Version } from '../wire/version.ts'
import { callerAddress } from './access.ts'
import type { Route } from './connection.ts'
import { fail, failed, JSON_TYPE, NO_STORE } from './reply.ts'
import { pathOf, queryOf } from './tokens.ts'

export interface PublicRoutesParts {
  /** The signed announcement of a node. */
  readonly whereIs: (node: string, asker: string) => Promise<Uint8Array | 'unknown' | 'asked too often'>
  readonly version: () => Version & { readonly node: string }
}

/** Base58 of an identity or SHA-256 multihash. */
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{40,60}$/
const NO_PEER_ID = fail(400, 'That is not a node ID.', 'malformed')
const UNKNOWN = fail(404, 'This node has not heard of that one lately. Ask another public node.')
const TOO_OFTEN = fail(429, 'Too many questions of this kind. Try again in a minute.', 'rate-limited', {
  'Retry-After': '60',
})

export function createPublicRoutes({
  whereIs,
  version,
}: PublicRoutesParts): Readonly<Record<'where' | 'version', Route>> {
  return {
    async where(request) {
      const node = pathOf(request.path).split('/').at(-1) ?? ''
      if (!PEER_ID.test(node)) return open(failed(NO_PEER_ID))
      const announcement = await whereIs(node, callerAddress(request) ?? '')
      if (announcement === 'unknown') return open(failed(UNKNOWN))
      if (announcement === 'asked too often') return open(failed(TOO_OFTEN))
      // Signed by the node that it is about: whoever asks checks that by itself.
      const headers = { 'Content-Type': 'application/octet-stream', ...NO_STORE }
      return open(new Response(announcement as Uint8Array<ArrayBuffer>, { headers }))
    },
    async version(request) {
      const said = version()
      const guess = queryOf(request.path).get('node')
      // Any page may ask the node of this machine, and must not find out by trying whose it is.
      if (guess !== null && (await whereIs(guess, callerAddress(request) ?? '')) === 'asked too often')
        return open(failed(TOO_OFTEN))
      const node = said.isPublicPage || guess === said.node ? said.node : null
      const headers = { 'Content-Type': JSON_TYPE, ...NO_STORE }
      return open(new Response(JSON.stringify({ ...said, node }), { headers }))
    },
  }
}

/** Every page may read it, wherever it comes from: nothing in it is anybody's own. */
function open(response: Response): Response {
  response.headers.set('Access-Control-Allow-Origin', '*')
  return response
}
