/** A key in this page's memory: signs at once, and is wiped when it is locked. */
import { decrypt, encrypt, getConversationKey } from 'nostr-tools/nip44'
import { keyPairFrom } from '../../event/keys.ts'
import { signEvent } from '../../event/sign.ts'
import type { Signer, SignerTrouble } from './signer.ts'

const LOCKED: SignerTrouble = { signerTrouble: 'locked' }

/** @param secretKey belongs to the signer from here on, which wipes it when it is closed */
export function createKeySigner(secretKey: Uint8Array): Signer {
  const { pubkey } = keyPairFrom(secretKey)
  let isClosed = false
  const attempt = <T>(work: () => T): Promise<T | SignerTrouble> => {
    if (isClosed) return Promise.resolve(LOCKED)
    try {
      return Promise.resolve(work())
    } catch {
      return Promise.resolve({ signerTrouble: 'unable' })
    }
  }
  return {
    kind: 'here',
    pubkey,
    sign: template => attempt(() => signEvent(template, secretKey)),
    encrypt: text => attempt(() => encrypt(text, getConversationKey(secretKey, pubkey))),
    decrypt: text => attempt(() => decrypt(text, getConversationKey(secretKey, pubkey))),
    close() {
      isClosed = true
      secretKey.fill(0)
    },
  }
}
