/** Keys and events for tests: the same ones in every run. */
import { createHash } from 'node:crypto'
import { type EventTemplate, eventId, type VerifiedEvent } from '../../src/event/event.ts'
import { type KeyPair, keyPairFrom } from '../../src/event/keys.ts'
import { KIND } from '../../src/event/kinds.ts'
import { signEvent } from '../../src/event/sign.ts'

/** A key pair from a name: 'alice' is the same person in every test. */
export function personFrom(name: string): KeyPair {
  return keyPairFrom(new Uint8Array(createHash('sha256').update(`nostrp2p test ${name}`).digest()))
}

/** A public key that nobody has the secret of; much cheaper than a person. */
export function strangerKey(name: string): string {
  return createHash('sha256').update(`nobody ${name}`).digest('hex')
}

export const BASE_SECONDS = 1_700_000_000

/** A template with what a test does not care about filled in. */
export function template(fields: Partial<EventTemplate> = {}): EventTemplate {
  return { kind: KIND.post, created_at: BASE_SECONDS, tags: [], content: '', ...fields }
}

/** An event with a real signature; about a millisecond. */
export function signedEvent(person: KeyPair, fields: Partial<EventTemplate> = {}): VerifiedEvent {
  return signEvent(template(fields), person.secretKey)
}

/** A right id under a signature that is noise: for parts that take verified events and never look at it. */
export function unsignedEvent(pubkey: string, fields: Partial<EventTemplate> = {}): VerifiedEvent {
  const { kind, created_at, tags, content } = template(fields)
  const id = eventId({ pubkey, created_at, kind, tags, content })
  const sig = createHash('sha512').update(id).digest('hex')
  return Object.freeze({ id, pubkey, created_at, kind, tags, content, sig }) as unknown as VerifiedEvent
}
