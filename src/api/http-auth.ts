/** NIP-98: the owner proves each request by a signed event of kind 27235. Every proof counts once. */
import { createHash } from 'node:crypto'
import { type NostrEvent, tagValue, type VerifiedEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import type { Refusal } from '../event/refusal.ts'
import { isRejection, type Rejection } from '../event/rejection.ts'
import { checkId, parseEvent } from '../event/verify.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { ApiRequest } from './connection.ts'
import { HTTP_AUTH_WINDOW_SECONDS, MAX_HTTP_AUTH_CHARS, MAX_REMEMBERED_PROOFS } from './limits.ts'
import { type Failure, fail } from './reply.ts'
import { routePath } from './tokens.ts'

export interface HttpAuthParts {
  readonly owner: () => string | undefined
  /** Whether a URL leads to this node's client side. */
  readonly isOwnRelay: (url: string) => boolean
  /** Checks the signature of an event whose form and id are right. */
  readonly verify: (event: NostrEvent) => Promise<VerifiedEvent | Rejection>
  readonly clock: Clock
}

/** A proof that holds for this request, its body aside. */
export interface Proof {
  /** SHA-256 of the body in hex, if the proof names one. */
  readonly payload: string | undefined
}

export interface HttpAuth {
  /**
   * @param credentials what follows `Nostr ` in the Authorization header: base64 of the event's JSON
   * @param body where it is here already: a proof for another one is refused before it is used up
   */
  check(credentials: string, request: ApiRequest, body?: Uint8Array): Promise<Proof | Failure>
}

/**
 * Whether a URL names this request: the node by an address that it knows as its own, for a server elsewhere could pass on
 * what was signed for it, and the same path and query, with or without the token.
 */
export function namesRequest(url: string, { path }: Pick<ApiRequest, 'path'>, isOwnUrl: (url: string) => boolean) {
  return isOwnUrl(url) && resourceOf(pathOf(url)) === resourceOf(path)
}

/** Path and query of a URL as it is written. */
function pathOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1] ?? ''
}

function resourceOf(path: string): string {
  const [, name = '', query = ''] = /^([^?]*)(.*)$/s.exec(path) ?? []
  return `${routePath(name === '' ? '/' : name)}${query}`
}

/** What follows `Nostr ` in the Authorization header. */
export function nostrCredentials(authorization: string | undefined): string | undefined {
  return /^Nostr +(\S+)$/i.exec(authorization ?? '')?.[1]
}

/** The refusal of a request that came without a proof. */
export function wantsProof(what: string): Failure {
  return fail(401, `${what} needs a proof signed by the owner (NIP-98).`, 'bad-proof', { 'WWW-Authenticate': 'Nostr' })
}

export function createHttpAuth(parts: HttpAuthParts): HttpAuth {
  /** Proof id → last second in which its own time lets it pass; in the order of arrival. */
  const used = new Map<string, number>()

  function forgetOld(now: number): void {
    for (const [id, until] of used) {
      if (until >= now) return
      used.delete(id)
    }
  }

  return {
    async check(credentials, request, body) {
      const now = nowSeconds(parts.clock)
      const event = decode(credentials)
      if (event === undefined) return refuse('it is not the base64 of an event')
      const wrong = mismatch(event, request, parts, now)
      if (wrong !== undefined) return wrong
      const payload = tagValue(event, 'payload')
      if (body !== undefined && !coversBody({ payload }, body)) return refuse(OTHER_BODY)
      const checked = await parts.verify(event)
      if (isRejection(checked)) {
        return checked.rejected === 'overloaded' ? fail(503, checked.reason, 'busy') : refuse('its signature is wrong')
      }
      // From here to the end nothing waits, so that of two requests with one proof only the first gets in.
      if (used.has(event.id)) return refuse('it was used before')
      forgetOld(now)
      if (used.size >= MAX_REMEMBERED_PROOFS)
        return fail(503, 'Too many signed requests in one minute. Wait a little.', 'busy')
      used.set(event.id, event.created_at + HTTP_AUTH_WINDOW_SECONDS)
      return { payload }
    },
  }
}

/** Whether the body is the one that the proof was made for (NIP-98, "payload"); no body needs no hash. */
export function coversBody(proof: Proof, body: Uint8Array): boolean {
  if (body.length === 0) return true
  return proof.payload === createHash('sha256').update(body).digest('hex')
}

export const OTHER_BODY = 'its payload is not the SHA-256 of the body'

/** The refusal of a proof that does not hold (NIP-98: 401). */
export function refuse(why: string, code: Refusal = 'bad-proof'): Failure {
  return fail(401, `The signed proof (NIP-98) does not hold: ${why}.`, code, { 'WWW-Authenticate': 'Nostr' })
}

function decode(credentials: string): NostrEvent | undefined {
  if (credentials.length > MAX_HTTP_AUTH_CHARS) return undefined
  try {
    const event = parseEvent(JSON.parse(Buffer.from(credentials, 'base64').toString('utf8')))
    return isRejection(event) || checkId(event) !== undefined ? undefined : event
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function mismatch(event: NostrEvent, request: ApiRequest, parts: HttpAuthParts, now: number): Failure | undefined {
  const owner = parts.owner()
  if (event.kind !== KIND.httpAuth) return refuse(`its kind is not ${KIND.httpAuth}`)
  if (owner === undefined || event.pubkey !== owner)
    return refuse('it is not by the owner of this node', 'wrong-signer')
  if (Math.abs(event.created_at - now) > HTTP_AUTH_WINDOW_SECONDS) {
    return refuse(`its time is more than ${HTTP_AUTH_WINDOW_SECONDS} s away from the node's clock`, 'wrong-time')
  }
  if (tagValue(event, 'method')?.toUpperCase() !== request.method) return refuse('it is for another method')
  if (!namesRequest(tagValue(event, 'u') ?? '', request, parts.isOwnRelay)) {
    const why = 'it is for another address, or for one that this node does not know as its own (see --relay-url)'
    return refuse(why, 'wrong-address')
  }
  return undefined
}
