/** The first minute with a key that stays elsewhere: extension and bunker, also those that refuse, hang or cheat. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../src/config.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser, WIDE } from './support/browser.ts'
import { startBunker } from './support/bunker.ts'
import { type ExtensionOptions, installExtension } from './support/extension.ts'

const alice = personFrom('alice')
const mallory = personFrom('mallory')

describe('the first minute with a signer', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  interface Arrival {
    readonly viewport?: typeof PHONE
    readonly extension?: ExtensionOptions
    /** As from another device, or from this machine; the header would also go to the meeting point of a bunker. */
    readonly isElsewhere?: boolean
  }

  async function arrive({ viewport = WIDE, extension, isElsewhere = true }: Arrival = {}) {
    const nobodys = await startTestNode(cleanUp, { owner: null })
    const extraHTTPHeaders: Record<string, string> = isElsewhere ? { 'X-Forwarded-For': '203.0.113.9' } : {}
    const page = await browser.open(cleanUp, { viewport, extraHTTPHeaders })
    const installed = extension === undefined ? undefined : await installExtension(page, extension)
    await page.goto(`${nobodys.node.clientOrigin}/k/${nobodys.node.claimToken()}/`)
    await page.getByRole('button', { name: 'I have a key already' }).click()
    return { nobodys, page, installed }
  }

  async function useExtension(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Browser extension' }).click()
    await page.getByRole('button', { name: 'Use the extension' }).click()
  }

  it('claims by an extension, which is asked again after a reload', async () => {
    const { nobodys, page } = await arrive({ viewport: PHONE, extension: { person: alice } })
    await useExtension(page)
    await page.getByRole('heading', { name: 'Your name' }).waitFor()
    expect(nobodys.node.owner()).toBe(alice.pubkey)
    await page.reload()
    await page.getByLabel('Name').fill('Alice')
    await page.getByRole('button', { name: 'Save and go on' }).click()
    await page.getByRole('heading', { name: 'Whom to follow' }).waitFor()
  })

  it('says so when there is no extension', async () => {
    const { page } = await arrive()
    await useExtension(page)
    await page.getByText('No signing extension answers in this browser.').waitFor()
  })

  it('goes on when an extension that said no says yes', async () => {
    const { nobodys, page, installed } = await arrive({ extension: { person: alice, manner: 'refuse' } })
    await useExtension(page)
    await page.getByText('Your signer said no: “Rejected by user”').waitFor()
    expect(nobodys.node.owner()).toBeUndefined()
    installed!.manner = undefined
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Your name' }).waitFor()
  })

  it('does not wait for ever for an extension that hangs', async () => {
    const { nobodys, page, installed } = await arrive({ extension: { person: alice, manner: 'hang' } })
    await page.clock.install()
    await useExtension(page)
    await until('the question to the extension', () => installed!.asked > 0)
    await page.clock.fastForward(95_000)
    await page.getByText('Your signer does not answer').waitFor()
    expect(nobodys.node.owner()).toBeUndefined()
  })

  it.each([
    ['another key', { person: alice, signsAs: mallory }, 'Your signer signed with another key'],
    ['something else', { person: alice, manner: 'change' }, 'Your signer gave back something else'],
  ] as const)('uses nothing of an extension that signs with %s', async (_, extension, sentence) => {
    const { nobodys, page } = await arrive({ extension })
    await useExtension(page)
    await page.getByText(sentence).waitFor()
    expect(nobodys.node.owner()).toBeUndefined()
  })

  describe('by a bunker', () => {
    /** A node whose relay takes everybody's: what a signer's own relay is. */
    async function meetingPoint(): Promise<string> {
      const { node } = await startTestNode(cleanUp, {
        owner: 'carol',
        relay: { ...DEFAULTS.relay, reads: 'anyone', writes: 'anyone' },
      })
      return node.clientOrigin.replace(/^http/, 'ws')
    }

    it('claims by its address, and signs on after a reload', async () => {
      const bunker = await startBunker(cleanUp, { person: alice, relay: await meetingPoint() })
      const { nobodys, page } = await arrive({ isElsewhere: false })
      await page.getByRole('button', { name: 'Signer on another device' }).click()
      await page.getByLabel('Address from the signer').fill('bunker://nonsense')
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByText('That is no address of a signer').waitFor()
      await page.getByLabel('Address from the signer').fill(bunker.url)
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByRole('heading', { name: 'Your name' }).waitFor()
      expect(nobodys.node.owner()).toBe(alice.pubkey)
      await page.reload()
      await page.getByLabel('Name').fill('Alice')
      await page.getByRole('button', { name: 'Save and go on' }).click()
      await page.getByRole('heading', { name: 'Whom to follow' }).waitFor()
      expect(bunker.asked).toEqual(['connect', 'get_public_key', 'sign_event', 'sign_event'])
    })

    it('claims when its app has scanned the code of the page', async () => {
      const relay = await meetingPoint()
      const bunker = await startBunker(cleanUp, { person: alice, relay })
      const { nobodys, page } = await arrive({ viewport: PHONE, isElsewhere: false })
      await page.getByRole('button', { name: 'Signer on another device' }).click()
      await page.getByText('Or scan this code with the signer').click()
      await page.getByLabel('Where both meet').fill(relay)
      await page.getByRole('button', { name: 'Show a code' }).click()
      await page.getByRole('img', { name: 'Or scan this code' }).waitFor()
      await expectNoViolations(page)
      const uri = await page.getByRole('link', { name: 'Open the signer on this device' }).getAttribute('href')
      await bunker.scan(uri!)
      await page.getByRole('heading', { name: 'Your name' }).waitFor()
      expect(nobodys.node.owner()).toBe(alice.pubkey)
    })

    it('does not wait for ever for a bunker that does not answer', async () => {
      const bunker = await startBunker(cleanUp, { person: alice, relay: await meetingPoint(), ignores: 'connect' })
      const { page } = await arrive({ isElsewhere: false })
      await page.clock.install()
      await page.getByRole('button', { name: 'Signer on another device' }).click()
      await page.getByLabel('Address from the signer').fill(bunker.url)
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByText('Waiting for the signer.').waitFor()
      await until('the question to the bunker', () => bunker.asked.includes('connect'))
      await page.clock.fastForward(95_000)
      await page.getByText('Your signer does not answer').waitFor()
    })

    it('says what a bunker answers that refuses, and uses nothing of one with another key', async () => {
      const relay = await meetingPoint()
      const refusing = await startBunker(cleanUp, { person: alice, relay, refuses: 'connect' })
      const cheating = await startBunker(cleanUp, { person: alice, relay, signsAs: mallory })
      const { nobodys, page } = await arrive({ isElsewhere: false })
      await page.getByRole('button', { name: 'Signer on another device' }).click()
      await page.getByLabel('Address from the signer').fill(refusing.url)
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByText('“the person said no”').waitFor()
      await page.getByLabel('Address from the signer').fill(cheating.url)
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByText('Your signer signed with another key').waitFor()
      expect(nobodys.node.owner()).toBeUndefined()
    })
  })
})
