/** A signing extension (NIP-07) in the page, with a real key that stays in the test process. */
import { decrypt, encrypt, getConversationKey } from 'nostr-tools/nip44'
import type { Page } from 'playwright-core'
import type { EventTemplate } from '../../../src/event/event.ts'
import type { KeyPair } from '../../../src/event/keys.ts'
import { signEvent } from '../../../src/event/sign.ts'

export interface ExtensionOptions {
  /** Whose key it says to have. */
  readonly person: KeyPair
  /** Who really signs. */
  readonly signsAs?: KeyPair
  /** `refuse` throws, `hang` never answers, `change` signs another text than it was given. */
  readonly manner?: 'refuse' | 'hang' | 'change' | undefined
}

export interface InstalledExtension {
  /** To be changed while the page is open. */
  manner: ExtensionOptions['manner']
  /** How often it was asked to sign. */
  asked: number
}

/** Before the page is opened. */
export async function installExtension(page: Page, options: ExtensionOptions): Promise<InstalledExtension> {
  const { person, signsAs = person } = options
  const state: InstalledExtension = { manner: options.manner, asked: 0 }
  const toSelf = getConversationKey(person.secretKey, person.pubkey)
  await page.exposeFunction('askExtension', (method: string, text: string) => {
    if (method === 'encrypt') return encrypt(text, toSelf)
    if (method === 'decrypt') return decrypt(text, toSelf)
    state.asked++
    if (state.manner === 'refuse') throw new Error('Rejected by user')
    if (state.manner === 'hang') return new Promise(() => {})
    const template = JSON.parse(text) as EventTemplate
    return signEvent(state.manner === 'change' ? { ...template, kind: 1 } : template, signsAs.secretKey)
  })
  await page.addInitScript(pubkey => {
    const ask = (method: string, text: string) =>
      (globalThis as unknown as { askExtension: (method: string, text: string) => Promise<unknown> }).askExtension(
        method,
        text,
      )
    const nostr = {
      getPublicKey: async () => pubkey,
      signEvent: (event: object) => ask('signEvent', JSON.stringify(event)),
      nip44: {
        encrypt: (_: string, text: string) => ask('encrypt', text),
        decrypt: (_: string, text: string) => ask('decrypt', text),
      },
    }
    Object.assign(globalThis, { nostr })
  }, person.pubkey)
  return state
}
