/** People and signed posts for measurements: made fast, the same in every run but for their time. */
import { createHash } from 'node:crypto'
import { signSchnorr, xOnlyPointFromScalar } from 'tiny-secp256k1'
import { type EventTemplate, eventId, type VerifiedEvent } from '../../src/event/event.ts'
import { bytesToHex, hexToBytes } from '../../src/event/hex.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { KIND } from '../../src/event/kinds.ts'

/** The length that the goals speak of. */
export const POST_CHARS = 140

/** A key pair from a name. */
export function writer(name: string): KeyPair {
  const secretKey = new Uint8Array(createHash('sha256').update(`nostrp2p bench ${name}`).digest())
  return { secretKey, pubkey: bytesToHex(xOnlyPointFromScalar(secretKey)) }
}

/** A signed post of 140 ASCII characters; another number makes other words. */
export function post(author: KeyPair, number: number, tags: EventTemplate['tags'] = []): VerifiedEvent {
  return signed(author, { kind: KIND.post, created_at: nowSeconds(), tags, content: textOf(number) })
}

/** Signs with WebAssembly: ten times as fast as `event/sign.ts`. */
export function signed(author: KeyPair, template: EventTemplate): VerifiedEvent {
  const { kind, created_at, tags, content } = template
  const id = eventId({ pubkey: author.pubkey, kind, created_at, tags, content })
  const sig = bytesToHex(signSchnorr(hexToBytes(id), author.secretKey))
  return Object.freeze({ id, pubkey: author.pubkey, created_at, kind, tags, content, sig }) as unknown as VerifiedEvent
}

/** A right id under a signature that is noise, for stores, which never look at it. */
export function unsigned(pubkey: string, number: number, created_at: number): VerifiedEvent {
  const content = textOf(number)
  const id = eventId({ pubkey, kind: KIND.post, created_at, tags: [], content })
  const sig = createHash('sha512').update(id).digest('hex')
  const event = { id, pubkey, created_at, kind: KIND.post, tags: [], content, sig }
  return Object.freeze(event) as unknown as VerifiedEvent
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** English words, so that compression finds in it what it finds in posts. */
const WORDS =
  'the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part today morning garden coffee train music letter friend winter summer river mountain street window evening rain'.split(
    ' ',
  )

/** 140 characters; the number stands in them. */
export function textOf(number: number): string {
  let seed = (number * 2_654_435_761) >>> 0
  let text = `${number}`
  while (text.length < POST_CHARS) {
    // Numerical Recipes' generator: good enough to pick words.
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0
    text += ` ${WORDS[(seed >>> 8) % WORDS.length]}`
  }
  return text.slice(0, POST_CHARS)
}
