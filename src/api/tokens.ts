/** The access token and the claim token: where a request carries one, and the comparison that tells nothing by time. */
import { createHash, timingSafeEqual } from 'node:crypto'

/** `/k/<token>`: what the owner types into a phone as the server's address, or gets by a QR code. */
const TOKEN_PATH = /^\/k\/([A-Za-z0-9_-]{1,128})(?=\/|$)/

/** The path without its token prefix; slashes that a typed address doubles are taken as one. */
export function routePath(path: string): string {
  if (!path.startsWith('/k/')) return path
  const rest = path.replace(TOKEN_PATH, '').replace(/^\/{2,}/, '/')
  return rest === '' ? '/' : rest
}

/** The path of what a request asks for, without query. */
export function pathOf(target: string): string {
  return target.replace(/[?#].*$/s, '')
}

/** Its query. */
export function queryOf(target: string): URLSearchParams {
  return new URLSearchParams(/\?(.*)$/s.exec(target)?.[1])
}

/** The token that stands in the path, if one does. */
export function pathToken(path: string): string | undefined {
  return TOKEN_PATH.exec(path)?.[1]
}

/** The token of `Authorization: Bearer …` (RFC 6750), if there is one. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer +([A-Za-z0-9._~+/=-]{1,128})$/i.exec(authorization)?.[1]
}

/** Whether the two are the same; takes as long for a near miss as for nonsense. */
export function sameToken(given: string | undefined, expected: string | undefined): boolean {
  if (given === undefined || expected === undefined || expected === '') return false
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
