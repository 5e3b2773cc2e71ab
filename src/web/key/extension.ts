/** A browser extension that holds the key (NIP-07). It may be slow, refuse, hang, or hold another key. */
import { isHex32 } from '../../event/hex.ts'
import { attempt } from './attempt.ts'
import { checkSigned } from './checked.ts'
import { isSignerTrouble, type Signer, type SignerTrouble } from './signer.ts'

interface Nip07 {
  getPublicKey(): Promise<unknown>
  signEvent(event: object): Promise<unknown>
  readonly nip44?: {
    encrypt(pubkey: string, text: string): Promise<unknown>
    decrypt(pubkey: string, text: string): Promise<unknown>
  }
}

/** Extensions put themselves into the page when they please. */
const ARRIVAL_MS = 1_000
const LOOK_MS = 50

function extension(): Nip07 | undefined {
  return (globalThis as { nostr?: Nip07 }).nostr
}

function isExtensionHere(): boolean {
  return extension() !== undefined
}

/** Whether one is there, or comes in the first second. */
export async function waitForExtension(): Promise<boolean> {
  for (let waited = 0; waited < ARRIVAL_MS && !isExtensionHere(); waited += LOOK_MS) {
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
  return isExtensionHere()
}

const ABSENT: SignerTrouble = { signerTrouble: 'unable', sentence: 'There is no signing extension in this browser.' }

/** Asks the extension for its key. @param timeoutMs for each answer */
export async function openExtension(timeoutMs?: number): Promise<Signer | SignerTrouble> {
  if (!(await waitForExtension())) return ABSENT
  const pubkey = await attempt(async () => extension()!.getPublicKey(), timeoutMs)
  if (isSignerTrouble(pubkey)) return pubkey
  if (!isHex32(pubkey)) return { signerTrouble: 'unable' }
  return createExtensionSigner(pubkey, timeoutMs)
}

/** @param pubkey the key that it is expected to sign with */
export function createExtensionSigner(pubkey: string, timeoutMs?: number): Signer {
  async function ask(what: (nip07: Nip07) => Promise<unknown> | undefined): Promise<unknown> {
    if (!(await waitForExtension())) return ABSENT
    return attempt(async () => (await what(extension()!)) ?? { signerTrouble: 'unable' }, timeoutMs)
  }
  const text = (answer: unknown): string | SignerTrouble =>
    typeof answer === 'string' || isSignerTrouble(answer) ? answer : { signerTrouble: 'unable' }

  return {
    kind: 'extension',
    pubkey,
    async sign(template) {
      const { kind, created_at, content } = template
      const tags = template.tags.map(tag => [...tag])
      const signed = await ask(nip07 => nip07.signEvent({ kind, created_at, content, tags }))
      return isSignerTrouble(signed) ? signed : checkSigned(template, signed, pubkey)
    },
    encrypt: async value => text(await ask(nip07 => nip07.nip44?.encrypt(pubkey, value))),
    decrypt: async value => text(await ask(nip07 => nip07.nip44?.decrypt(pubkey, value))),
    close() {},
  }
}
