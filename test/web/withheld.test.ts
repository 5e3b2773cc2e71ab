/** Where a browser withholds things: over plain http, in a private window, with its storage full. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { nsecOf } from '../../src/event/keys.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

describe('a page of plain http', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  /** By a name of the local network, which no browser takes for this machine. */
  async function openByName({ node }: TestNode, hash: string, locale = 'en-GB'): Promise<Page> {
    const page = await browser.open(cleanUp, { viewport: PHONE, locale })
    await page.goto(`${node.clientOrigin.replace('127.0.0.1', 'alice.lan')}/k/${node.token}/${hash}`)
    await page.getByRole('main').waitFor()
    expect(await page.evaluate(() => isSecureContext || 'serviceWorker' in navigator || 'clipboard' in navigator)).toBe(
      false,
    )
    return page
  }

  it('says at each place what is missing and what would give it', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openByName(alice, '#/settings/notifications')
    await page.getByText('only to a secure address').waitFor()
    await page.getByText('start the node with -s (TLS)').waitFor()
    expect(await page.getByRole('button', { name: 'Notify me' }).count()).toBe(0)
    await expectNoViolations(page)
    await page.evaluate(() => location.assign('#/people'))
    await page.getByRole('button', { name: 'Scan a code' }).click()
    await page.getByText('The browser gives the camera only to a secure address').waitFor()
    const inJapanese = await openByName(alice, '#/settings/notifications', 'ja-JP')
    await inJapanese.getByText('通知は、安全なアドレス').waitFor()
    await inJapanese.getByText('-s（TLS）').waitFor()
    await expectNoViolations(inJapanese)
  })

  it('posts, copies and exports all the same', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openByName(alice, '#/settings/key')
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    await page.getByRole('button', { name: 'Bring the key' }).click()
    await page.getByRole('button', { name: 'Secret key (nsec)' }).click()
    await page.getByText('only at a secure address').waitFor()
    expect(await page.getByRole('radio', { name: /Unlocked/ }).isDisabled()).toBe(true)
    await page.getByLabel('Secret key (nsec1…)').fill(nsecOf(personFrom('alice').secretKey))
    await page.getByRole('radio', { name: /Not kept/ }).check()
    await page.getByRole('button', { name: 'Use this key' }).click()
    await page.getByText('Your key is open').waitFor()
    await page.getByRole('button', { name: 'New post' }).click()
    await page.getByLabel('Text of the post').fill('From the local network.')
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Post now' }).click()
    await until('the post', async () => (await alice.client.req({ kinds: [1] })).length === 1)
    await page.evaluate(() => location.assign('#/settings/backup'))
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export to a file' }).click()
    await downloading
  })
})

describe('a browser that keeps nothing', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  /** As private windows and strict settings do. */
  function blockStorage(): void {
    const refuse = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
    Object.defineProperty(globalThis, 'localStorage', { get: refuse })
    Object.defineProperty(globalThis, 'sessionStorage', { get: refuse })
    Object.defineProperty(globalThis, 'indexedDB', {
      value: { open: refuse, databases: refuse, deleteDatabase: refuse },
    })
  }

  it('works, says once that nothing is kept, and stays in by the code in its address', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'seen in a private window' })
    const page = await browser.open(cleanUp, {
      viewport: PHONE,
      extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' },
    })
    await page.addInitScript(blockStorage)
    await page.goto(`${alice.node.clientOrigin}/k/${alice.node.token}/`)
    await page.getByText('seen in a private window').waitFor()
    await page.getByText('This browser keeps nothing of this page').waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'I see' }).click()
    await page.evaluate(() => location.assign('#/settings/appearance'))
    await page.getByRole('radio', { name: 'Dark' }).check()
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    await page.evaluate(() => location.assign('#/home'))
    await page.getByText('seen in a private window').waitFor()
    expect(await page.getByText('This browser keeps nothing').count()).toBe(0)
    await page.reload()
    await page.getByText('seen in a private window').waitFor()
  })

  it('posts by an extension, and shows the post', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openSignedIn(browser, cleanUp, alice)
    await page.addInitScript(blockStorage)
    await page.reload()
    await page.getByText('This browser keeps nothing of this page').waitFor()
    await page.getByRole('button', { name: 'New post' }).click()
    await page.getByLabel('Text of the post').fill('Gone with the window.')
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Post now' }).click()
    await page.getByRole('button', { name: 'Browser extension' }).click()
    await page.getByRole('button', { name: 'Use the extension' }).click()
    await page.getByRole('article').filter({ hasText: 'Gone with the window.' }).waitFor()
    expect(await alice.client.req({ kinds: [1] })).toHaveLength(1)
  })

  it('with its storage full says so, and loses nothing of what is shown', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'still to be read' })
    const page = await browser.open(cleanUp)
    await page.addInitScript(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('Quota exceeded', 'QuotaExceededError')
      }
    })
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByText('still to be read').waitFor()
    await page.getByText('This browser has no room left').waitFor()
    await alice.post({ content: 'and what comes now' })
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.getByText('and what comes now').waitFor()
  })
})
