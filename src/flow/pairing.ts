/** Codes that let a new device in once (specification/away.md, W2 and W3). They live in memory: a restart takes them back. */
import { createHash, randomBytes } from 'node:crypto'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import type { Clock } from '../observe/clock.ts'
import type { Counters } from '../observe/counters.ts'
import type { Away, Paired, Pairing } from '../wire/away.ts'
import { MAX_PAIRING_ADDRESSES, MAX_PAIRING_HOMES, PAIRING_SECRET_BYTES } from '../wire/limits.ts'
import { type PairingCode, pairingText, pairingUrl } from '../wire/pairing-code.ts'
import type { Devices } from './devices.ts'

export interface Pairings {
  /** A code that counts for ten minutes. @param page that its QR code opens; undefined for the node's own */
  make(page: unknown): Pairing | Rejection
  /** False when there is no such open code. */
  takeBack(id: string): boolean
  /**
   * Lets a device in whose code is open, and closes the code.
   * @param peer its peer ID; undefined for one that only gets a token
   */
  pair(given: PairInput, peer: unknown): Promise<Paired | Rejection>
}

/** The body of `POST /pair`, unchecked. */
export interface PairInput {
  readonly secret?: unknown
  readonly name?: unknown
}

export interface PairingsParts {
  readonly devices: Pick<Devices, 'add'>
  /** What a device keeps to find the node. */
  readonly away: () => Away
  readonly clock: Clock
  readonly counters: Counters
}

export const PAIRING_MS = 600_000
export const MAX_PAIRINGS = 5
/** Codes of which it is remembered why they count no more. */
const MAX_ENDED = 100
const MAX_PAGE_CHARS = 200

interface Open {
  readonly id: string
  readonly digest: string
  readonly expiresMs: number
}

export function createPairings({ devices, away, clock, counters }: PairingsParts): Pairings {
  const open = new Map<string, Open>()
  /** Digest → why; the oldest first. */
  const ended = new Map<string, 'used' | 'expired'>()

  function end({ digest }: Open, why: 'used' | 'expired'): void {
    open.delete(digest)
    ended.set(digest, why)
    if (ended.size > MAX_ENDED) ended.delete(ended.keys().next().value!)
    if (why === 'expired') counters.add('pairings', 'expired')
  }

  function dropExpired(): void {
    for (const code of [...open.values()]) if (code.expiresMs <= clock.nowMs()) end(code, 'expired')
  }

  function refusalOf(digest: string): Rejection {
    const why = ended.get(digest) ?? 'unknown'
    counters.add('pairings', `tried ${why}`)
    return REFUSALS[why]
  }

  return {
    make(page) {
      const opens = pageOf(page)
      if (isRejection(opens)) return opens
      dropExpired()
      if (open.size >= MAX_PAIRINGS) return FULL
      const secret = randomBytes(PAIRING_SECRET_BYTES)
      const expiresMs = clock.nowMs() + PAIRING_MS
      const id = randomBytes(6).toString('hex')
      const { node, owner, addresses, home } = away()
      const code: PairingCode = {
        node,
        owner,
        addresses: addresses.slice(0, MAX_PAIRING_ADDRESSES),
        home: home.slice(0, MAX_PAIRING_HOMES),
        secret,
        expires: Math.floor(expiresMs / 1000),
      }
      const digest = digestOf(secret)
      open.set(digest, { id, digest, expiresMs })
      counters.add('pairings', 'made')
      const shown = opens ?? home[0]
      return {
        id,
        code: pairingText(code),
        url: shown === undefined ? null : pairingUrl(code, shown),
        expires: new Date(expiresMs).toISOString(),
      }
    },
    takeBack(id) {
      dropExpired()
      const code = [...open.values()].find(one => one.id === id)
      if (code !== undefined) counters.add('pairings', 'taken back')
      return code !== undefined && open.delete(code.digest)
    },
    async pair({ secret, name }, peer) {
      dropExpired()
      const digest = typeof secret === 'string' ? digestOf(Buffer.from(secret, 'base64url')) : ''
      const code = open.get(digest)
      if (code === undefined) return refusalOf(digest)
      // Of two that come at once one is in.
      end(code, 'used')
      const device = await devices.add(name, peer)
      if (isRejection(device)) {
        ended.delete(digest)
        open.set(digest, code)
        return device
      }
      counters.add('pairings', 'paired')
      return { ...device, away: away() }
    },
  }
}

const FULL = reject('rate-limited', `${MAX_PAIRINGS} pairing codes are open already. Use one, or wait ten minutes.`, {
  code: 'pairings-full',
})

const REFUSALS = {
  unknown: reject('restricted', 'The node has made no such pairing code, or it was taken back. Make a new one there.', {
    code: 'pairing-unknown',
  }),
  used: reject('restricted', 'This pairing code was used already. Make a new one at the node.', {
    code: 'pairing-used',
  }),
  expired: reject('restricted', 'This pairing code has expired: it counts for ten minutes. Make a new one.', {
    code: 'pairing-expired',
  }),
}

function digestOf(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** The address of a page; undefined when none is given. */
function pageOf(given: unknown): string | undefined | Rejection {
  if (given === undefined) return undefined
  const url = typeof given === 'string' && given.length <= MAX_PAGE_CHARS ? URL.parse(given) : null
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return `${url.origin}${url.pathname}`
  return reject('malformed', 'A "page" is the address of one, such as https://example.org/.')
}
