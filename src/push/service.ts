/** One request to a push service: over TLS, to a public address only, followed nowhere, and with an end. */
import { lookup } from 'node:dns/promises'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { messageOf } from '../observe/log.ts'

/** `gone`: the service knows the subscription no more. `later`: worth another try. */
export type PostOutcome =
  | { readonly outcome: 'sent' }
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'later'; readonly reason: string; readonly afterMs: number }
  | { readonly outcome: 'refused'; readonly reason: string }

export interface PushService {
  post(endpoint: string, headers: Readonly<Record<string, string | number>>, body: Buffer): Promise<PostOutcome>
  /** Whether the address leads to where pushes may not go; false also where its name is not known at the moment. */
  isForbidden(endpoint: string): Promise<boolean>
}

export interface ServiceParts {
  /** Whether pushes may go to this IP address. */
  readonly mayReach: (ip: string) => boolean
  /** Tests only: a certificate authority beside those of the system. */
  readonly ca?: string | undefined
  readonly signal: AbortSignal
}

const ANSWER_MS = 10_000
/** A name that takes longer is looked up again before a push anyway. */
const LOOKUP_MS = 5_000
const FORBIDDEN = 'its address is one of this machine or of a private network'

export function createPushService({ mayReach, ca, signal }: ServiceParts): PushService {
  /** The addresses of a name that may be reached; the connection is made to one of these and no other. */
  async function resolve(name: string): Promise<{ address: string; family: number }[]> {
    const found = await lookup(name, { all: true })
    const allowed = found.filter(({ address }) => mayReach(address))
    if (allowed.length === 0) throw new Error(FORBIDDEN)
    return allowed
  }

  const checkedLookup: LookupFunction = (name, options, told) => {
    resolve(name).then(
      found => {
        if (options.all === true) told(null, found)
        else told(null, found[0]!.address, found[0]!.family)
      },
      (error: unknown) => told(error instanceof Error ? error : new Error(String(error)), []),
    )
  }

  return {
    post(endpoint, headers, body) {
      const url = new URL(endpoint)
      // A name is looked up on the way; a number is not.
      if (isIP(hostOf(url)) !== 0 && !mayReach(hostOf(url)))
        return Promise.resolve({ outcome: 'refused', reason: FORBIDDEN })
      const { promise, resolve: done } = Promise.withResolvers<PostOutcome>()
      const options: RequestOptions = {
        method: 'POST',
        headers: { ...headers, 'Content-Length': body.length },
        agent: false,
        lookup: checkedLookup,
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
        ...(ca !== undefined && { ca }),
      }
      const request = httpsRequest(url, options)
      request.on('response', response => {
        done(outcomeOf(response.statusCode ?? 0, response.headers['retry-after']))
        // Nothing in the answer is of use.
        response.destroy()
      })
      request.on('error', error => {
        const reason = error.name === 'AbortError' ? 'it did not answer in time' : messageOf(error)
        done({ outcome: 'later', reason, afterMs: 0 })
      })
      request.end(body)
      return promise
    },
    async isForbidden(endpoint) {
      const host = hostOf(new URL(endpoint))
      if (isIP(host) !== 0) return !mayReach(host)
      const { promise: late, resolve: give } = Promise.withResolvers<undefined>()
      const timer = setTimeout(give, LOOKUP_MS, undefined)
      try {
        await Promise.race([resolve(host), late])
        return false
      } catch (error) {
        return messageOf(error) === FORBIDDEN
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** RFC 8030, 5 to 7.3. */
function outcomeOf(status: number, retryAfter: string | undefined): PostOutcome {
  if (status >= 200 && status < 300) return { outcome: 'sent' }
  if (status === 404 || status === 410) return { outcome: 'gone' }
  const reason = `it answered with the status ${status}`
  if (status !== 429 && status < 500) return { outcome: 'refused', reason }
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0
  return { outcome: 'later', reason, afterMs: seconds * 1000 }
}
