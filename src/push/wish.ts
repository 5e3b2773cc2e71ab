/** What a browser asks for → a checked wish, or why not. */
import { createECDH } from 'node:crypto'
import { isHex32 } from '../event/hex.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { PUSH_LANGUAGES, PUSH_TOPICS, type PushLanguage, type PushTopic, type PushWish } from '../wire/push.ts'

/** Endpoints of all push services are below 700. */
const MAX_ENDPOINT_CHARS = 2_048
const MAX_DEVICE_CHARS = 60
const MAX_EXCEPT = 1_000
/** An uncompressed point of P-256, and the secret of RFC 8291. */
const POINT_BYTES = 65
const AUTH_BYTES = 16
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/

const NO_WISH = reject(
  'malformed',
  'Asking for pushes needs a "subscription" with its endpoint and keys, "what" and "language".',
)
const NO_KEYS = reject('malformed', 'The keys of this subscription are not valid. Subscribe again in the browser.')
const NO_ENDPOINT = reject('malformed', 'Pushes go to an address that begins with https://, and this is none.')
const NO_TOPIC = reject('malformed', `"what" is a list of some of these: ${PUSH_TOPICS.join(', ')}.`)
const NO_LANGUAGE = reject('malformed', `"language" is one of these: ${PUSH_LANGUAGES.join(', ')}.`)
const NO_DEVICE = reject('malformed', `"device" is a text of at most ${MAX_DEVICE_CHARS} characters, in one line.`)
const NO_EXCEPT = reject('malformed', `"except" is a list of at most ${MAX_EXCEPT} public keys in hex.`)

export function parseWish(input: unknown): Required<PushWish> | Rejection {
  const { subscription, what, language, device = '', except = [] } = fieldsOf(input)
  const { endpoint, keys } = fieldsOf(subscription)
  const { p256dh, auth } = fieldsOf(keys)
  if (typeof endpoint !== 'string' || typeof p256dh !== 'string' || typeof auth !== 'string') return NO_WISH
  if (!isHttps(endpoint)) return NO_ENDPOINT
  if (!isPoint(p256dh) || bytesOf(auth)?.length !== AUTH_BYTES) return NO_KEYS
  if (!isTopics(what)) return NO_TOPIC
  if (!isLanguage(language)) return NO_LANGUAGE
  if (!isLine(device)) return NO_DEVICE
  if (!isPeople(except)) return NO_EXCEPT
  const topics = PUSH_TOPICS.filter(topic => what.includes(topic))
  return { subscription: { endpoint, keys: { p256dh, auth } }, what: topics, language, device: device.trim(), except }
}

function fieldsOf(input: unknown): Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {}
}

function isHttps(endpoint: string): boolean {
  const url = endpoint.length > MAX_ENDPOINT_CHARS ? null : URL.parse(endpoint)
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === ''
}

function isPoint(text: string): boolean {
  const point = bytesOf(text)
  if (point?.length !== POINT_BYTES) return false
  const curve = createECDH('prime256v1')
  curve.generateKeys()
  try {
    curve.computeSecret(point)
    return true
  } catch {
    // Not on the curve.
    return false
  }
}

function bytesOf(text: string): Buffer | undefined {
  return BASE64URL.test(text) ? Buffer.from(text, 'base64url') : undefined
}

function isTopics(value: unknown): value is readonly PushTopic[] {
  const known: readonly unknown[] = PUSH_TOPICS
  return Array.isArray(value) && value.length > 0 && value.every(topic => known.includes(topic))
}

function isLanguage(value: unknown): value is PushLanguage {
  const known: readonly unknown[] = PUSH_LANGUAGES
  return known.includes(value)
}

function isPeople(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_EXCEPT && value.every(isHex32)
}

function isLine(value: unknown): value is string {
  return typeof value === 'string' && [...value].length <= MAX_DEVICE_CHARS && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)
}
