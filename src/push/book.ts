/** The subscriptions of the owner's devices and the node's own key towards push services, kept in the data directory. */
import { createECDH, createHash } from 'node:crypto'
import { isRejection } from '../event/rejection.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import type { KeptFile } from '../store/kept-file.ts'
import type { PushWish } from '../wire/push.ts'
import { parseWish } from './wish.ts'

/** VAPID (RFC 8292): base64url of a point of P-256 and its secret. */
export interface PushKeys {
  readonly publicKey: string
  readonly privateKey: string
}

export interface Subscription extends Required<PushWish> {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdMs: number
  /** The device (R13) whose token it was made with; null where it was made without one. */
  readonly ofDevice: string | null
}

/** What is kept: subscriptions belong to the key that they were made for. */
export interface Kept {
  readonly keys: PushKeys
  readonly subscriptions: readonly Subscription[]
}

/** Tells a subscription without telling its endpoint, which is a secret. */
export function idOf(endpoint: string): string {
  return createHash('sha256').update(endpoint).digest('hex').slice(0, 16)
}

export interface ReadParts {
  readonly log: Logger
  readonly nowMs: number
  /** More than these are not taken. */
  readonly max: number
}

/**
 * Undefined before the first `write`, and where nobody can read what is there: that is set aside. What a person has
 * spoilt of single subscriptions is left out, and told.
 */
export async function readKept(file: KeptFile, parts: ReadParts): Promise<Kept | undefined> {
  const text = await file.read()
  if (text === undefined) return undefined
  const { log } = parts
  try {
    const { keys, subscriptions } = Object(JSON.parse(text))
    if (!isKeyPair(keys?.publicKey, keys?.privateKey)) throw new Error('it holds no key pair')
    if (!Array.isArray(subscriptions)) throw new Error('it holds no subscriptions')
    const read = subscriptions.map(one => readSubscription(one, parts.nowMs))
    const usable = read.flatMap(one => (typeof one === 'string' ? [] : one)).slice(0, parts.max)
    if (usable.length < read.length) {
      log('warn', 'some push subscriptions in the file cannot be used and are left out', {
        file: file.path,
        leftOut: read.length - usable.length,
        reason: read.find(one => typeof one === 'string') ?? `more than ${parts.max} devices`,
      })
    }
    return { keys, subscriptions: usable }
  } catch (error) {
    log('warn', 'the file of push subscriptions cannot be read and is begun anew', {
      file: file.path,
      reason: messageOf(error),
      keptAs: await file.setAside(),
    })
    return undefined
  }
}

export function encodeKept(kept: Kept): string {
  return `${JSON.stringify(kept, null, 1)}\n`
}

/** Whether the secret (base64url) is that of the point; no push service takes what is signed by another. */
function isKeyPair(publicKey: unknown, privateKey: unknown): boolean {
  if (typeof publicKey !== 'string' || typeof privateKey !== 'string') return false
  const pair = createECDH('prime256v1')
  try {
    pair.setPrivateKey(privateKey, 'base64url')
    return pair.getPublicKey('base64url') === publicKey
  } catch {
    // Not 32 bytes, or no number of the curve.
    return false
  }
}

/** What it says, or why it cannot be used. */
function readSubscription(value: Partial<Subscription> | null, nowMs: number): Subscription | string {
  const wish = parseWish(value)
  if (isRejection(wish)) return wish.reason
  const { createdMs, ofDevice = null } = value ?? {}
  // Without its device it would outlive that device's revocation.
  if (ofDevice !== null && typeof ofDevice !== 'string') return '"ofDevice" is the id of a device or null.'
  return { ...wish, id: idOf(wish.subscription.endpoint), createdMs: dateOf(createdMs, nowMs), ofDevice }
}

/** The date is only shown: one that is none, or lies ahead, counts as now. */
function dateOf(ms: unknown, nowMs: number): number {
  return typeof ms === 'number' && Number.isInteger(ms) && ms >= 0 && ms <= nowMs ? ms : nowMs
}
