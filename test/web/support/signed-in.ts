/** A page in which somebody is signed in: their key is in a browser extension (NIP-07) that agrees to everything. */
import * as nip44 from 'nostr-tools/nip44'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { EventTemplate } from '../../../src/event/event.ts'
import { signEvent } from '../../../src/event/sign.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import type { TestNode } from '../../support/test-node.ts'
import type { TestBrowser } from './browser.ts'

/** Opens the owner's node with the owner signed in. */
export async function openSignedIn(
  browser: TestBrowser,
  cleanUp: CleanUp,
  { node, owner }: TestNode,
  options: BrowserContextOptions & { readonly at?: string } = {},
): Promise<Page> {
  const { at = '#/home', ...context } = options
  const page = await browser.open(cleanUp, context)
  const key = () => nip44.getConversationKey(owner.secretKey, owner.pubkey)
  await page.exposeFunction('testSign', (template: EventTemplate) => signEvent(template, owner.secretKey))
  await page.exposeFunction('testEncrypt', (text: string) => nip44.encrypt(text, key()))
  await page.exposeFunction('testDecrypt', (text: string) => nip44.decrypt(text, key()))
  await page.addInitScript(pubkey => {
    const { testSign, testEncrypt, testDecrypt } = globalThis as unknown as Record<string, (value: unknown) => unknown>
    Object.assign(globalThis, {
      nostr: {
        getPublicKey: async () => pubkey,
        signEvent: testSign,
        nip44: {
          encrypt: (_: string, text: string) => testEncrypt!(text),
          decrypt: (_: string, text: string) => testDecrypt!(text),
        },
      },
    })
    try {
      localStorage.setItem('nostrp2p.signer', JSON.stringify({ kind: 'extension', pubkey }))
    } catch {
      // An empty page has no storage.
    }
  }, owner.pubkey)
  await page.goto(`${node.clientOrigin}/${at}`)
  await page.getByRole('navigation', { name: 'Main' }).waitFor()
  return page
}
