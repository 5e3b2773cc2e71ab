/** Whoever signs for the person: a key in this page, a browser extension, a signer elsewhere. The node never does. */
import type { EventTemplate, NostrEvent } from '../../event/event.ts'

/** Why nothing was signed: a value, with a sentence for the person where the signer gave one. */
export interface SignerTrouble {
  readonly signerTrouble: 'refused' | 'silent' | 'locked' | 'wrong-key' | 'unable'
  readonly sentence?: string
}

export function isSignerTrouble(value: unknown): value is SignerTrouble {
  return typeof value === 'object' && value !== null && 'signerTrouble' in value
}

export type SignerKind = 'here' | 'extension' | 'bunker'

export interface Signer {
  readonly kind: SignerKind
  /** Public key in hex. */
  readonly pubkey: string
  /** Whether it can sign at once, or has to be unlocked with a password first. */
  readonly isLocked: boolean
  /** Signs a copy of the template; a wrong key or signature is a trouble, not an event. */
  sign(template: EventTemplate): Promise<NostrEvent | SignerTrouble>
  /** NIP-44 to oneself: settings and private lists. */
  encrypt(text: string): Promise<string | SignerTrouble>
  decrypt(text: string): Promise<string | SignerTrouble>
}
