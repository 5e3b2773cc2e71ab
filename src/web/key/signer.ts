/** Whoever signs for the person: a key in this page, a browser extension, a signer elsewhere. The node never does. */
import type { EventTemplate, NostrEvent } from '../../event/event.ts'

export type SignerTroubleKind =
  /** The person, or the signer for them, said no. */
  | 'refused'
  /** No answer within its time. */
  | 'silent'
  /** No key is at hand: the person closed the dialog that asked for it. */
  | 'locked'
  /** It signs with another key than the owner's. */
  | 'wrong-key'
  /** It gave back something else than what it was asked to sign. */
  | 'changed'
  /** It cannot do this; `sentence` may say why. */
  | 'unable'

/** Why nothing was signed: a value, with a sentence for the person where the signer gave one. */
export interface SignerTrouble {
  readonly signerTrouble: SignerTroubleKind
  /** The signer's own words, shortened; never a secret. */
  readonly sentence?: string
}

export function isSignerTrouble(value: unknown): value is SignerTrouble {
  return typeof value === 'object' && value !== null && 'signerTrouble' in value
}

export type SignerKind = 'here' | 'extension' | 'bunker'

/** Ready to sign: a key that is locked is no signer yet (state/signing.ts). */
export interface Signer {
  readonly kind: SignerKind
  /** Public key in hex. */
  readonly pubkey: string
  /** Signs a copy of the template; a wrong key, signature or field is a trouble, not an event. */
  sign(template: EventTemplate): Promise<NostrEvent | SignerTrouble>
  /** NIP-44 to oneself: settings and private lists. */
  encrypt(text: string): Promise<string | SignerTrouble>
  decrypt(text: string): Promise<string | SignerTrouble>
  /** Wipes what it holds and ends its connections; it signs nothing afterwards. */
  close(): void
}
