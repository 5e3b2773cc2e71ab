/** The subscriptions of the owner's devices and the node's own key towards push services, kept in the data directory. */
import { createHash } from 'node:crypto'
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

/** Undefined before the first `write`, and where nobody can read what is there: then there are no subscriptions. */
export async function readKept(file: KeptFile, log: Logger): Promise<Kept | undefined> {
  const text = await file.read()
  if (text === undefined) return undefined
  try {
    const { keys, subscriptions } = JSON.parse(text)
    if (!isKey(keys?.publicKey, 65) || !isKey(keys?.privateKey, 32)) throw new Error('it holds no keys')
    if (!Array.isArray(subscriptions)) throw new Error('it holds no subscriptions')
    return { keys, subscriptions: subscriptions.flatMap(readSubscription) }
  } catch (error) {
    log('warn', 'the file of push subscriptions cannot be read and is begun anew', {
      file: file.path,
      reason: messageOf(error),
    })
    return undefined
  }
}

export function writeKept(file: KeptFile, kept: Kept): Promise<void> {
  return file.write(`${JSON.stringify(kept, null, 1)}\n`)
}

function isKey(value: unknown, bytes: number): boolean {
  return typeof value === 'string' && /^[\w-]+$/.test(value) && Buffer.from(value, 'base64url').length === bytes
}

function readSubscription(value: Partial<Subscription> | null): Subscription[] {
  const wish = parseWish(value)
  if (isRejection(wish)) return []
  const { createdMs = 0, ofDevice = null } = value ?? {}
  return [{ ...wish, id: idOf(wish.subscription.endpoint), createdMs: Number(createdMs), ofDevice }]
}
