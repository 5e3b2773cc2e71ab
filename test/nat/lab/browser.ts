/** A Chromium that lives on a machine of the test network: the phone of somebody who is away. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as nip44 from 'nostr-tools/nip44'
import type { Browser, Page } from 'playwright-core'
import type { EventTemplate } from '../../../src/event/event.ts'
import type { KeyPair } from '../../../src/event/keys.ts'
import { signEvent } from '../../../src/event/sign.ts'
import { executableOf, launchChromium, prepareChromium } from '../../web/support/chromium.ts'
import type { Lab } from './lab.ts'
import type { Namespace } from './namespace.ts'

export interface Phone {
  readonly browser: Browser
  /** A page with storage of its own, in which this person's key is in an extension (NIP-07) that agrees to everything. */
  page(owner: KeyPair): Promise<Page>
  /** What went wrong in its pages so far. */
  readonly faults: readonly string[]
}

/** `ip netns exec` has made mounts of its own for the process: nobody else sees this. */
const WITH_NAMES = 'mount --bind "$0" /etc/hosts && exec "$@"'

/** It ends with the lab. */
export async function startPhone(lab: Lab, space: Namespace): Promise<Phone> {
  await prepareChromium()
  const wrapper = join(lab.folder, `${space.name}-chromium`)
  const inside = `ip netns exec ${space.id} sh -c '${WITH_NAMES}' ${lab.names.file} ${await executableOf()}`
  writeFileSync(wrapper, `#!/bin/sh\nexec ${inside} "$@"\n`)
  chmodSync(wrapper, 0o755)
  const browser = await launchChromium(wrapper)
  const faults: string[] = []
  return {
    browser,
    faults,
    async page(owner) {
      const context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, locale: 'en-GB' })
      const page = await context.newPage()
      page.setDefaultTimeout(20_000)
      page.on('pageerror', error => faults.push(error.message))
      await giveKey(page, owner)
      return page
    },
  }
}

async function giveKey(page: Page, { secretKey, pubkey }: KeyPair): Promise<void> {
  const key = () => nip44.getConversationKey(secretKey, pubkey)
  await page.exposeFunction('testSign', (template: EventTemplate) => signEvent(template, secretKey))
  await page.exposeFunction('testEncrypt', (text: string) => nip44.encrypt(text, key()))
  await page.exposeFunction('testDecrypt', (text: string) => nip44.decrypt(text, key()))
  await page.addInitScript(owner => {
    const { testSign, testEncrypt, testDecrypt } = globalThis as unknown as Record<string, (value: unknown) => unknown>
    Object.assign(globalThis, {
      nostr: {
        getPublicKey: async () => owner,
        signEvent: testSign,
        nip44: {
          encrypt: (_: string, text: string) => testEncrypt!(text),
          decrypt: (_: string, text: string) => testDecrypt!(text),
        },
      },
    })
    try {
      localStorage.setItem('nostrp2p.signer', JSON.stringify({ kind: 'extension', pubkey: owner }))
    } catch {
      // An empty page has no storage.
    }
  }, pubkey)
}
