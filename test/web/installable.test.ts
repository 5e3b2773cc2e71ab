/** What a browser wants of a page before it offers to install it, checked the way its own audit does. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { useBrowser } from './support/browser.ts'

interface Manifest {
  readonly name: string
  readonly short_name: string
  readonly start_url: string
  readonly scope: string
  readonly display: string
  readonly icons: readonly {
    readonly src: string
    readonly sizes: string
    readonly type: string
    readonly purpose: string
  }[]
}

describe('the page as an app', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function openPage(): Promise<Page> {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    return page
  }

  it('is installable by what Chromium itself finds', async () => {
    const page = await openPage()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    const session = await page.context().newCDPSession(page)
    const { errors } = await session.send('Page.getAppManifest')
    expect(errors).toEqual([])
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
    // A context of a test is like a private window, where no browser installs anything.
    expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
  })

  it('has a manifest with a start within its scope, and icons of the sizes they claim', async () => {
    const page = await openPage()
    const url = await page.locator('link[rel=manifest]').evaluate(link => (link as HTMLLinkElement).href)
    const manifest = (await (await page.request.get(url)).json()) as Manifest
    expect(manifest).toMatchObject({ name: 'nostrp2p', short_name: 'nostrp2p', display: 'standalone' })
    const scope = new URL(manifest.scope, url).href
    expect(new URL(manifest.start_url, url).href.startsWith(scope)).toBe(true)
    const pictures = manifest.icons.filter(({ type }) => type === 'image/png')
    expect(pictures.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual([
      '192x192 any',
      '512x512 any',
      '512x512 maskable',
    ])
    for (const { src, sizes } of pictures) {
      const size = await page.evaluate(async address => {
        const picture = new Image()
        picture.src = address
        await picture.decode()
        return `${picture.naturalWidth}x${picture.naturalHeight}`
      }, new URL(src, url).href)
      expect(size).toBe(sizes)
    }
  })

  it('says its language, title, description and how it fits a phone', async () => {
    const page = await openPage()
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    expect(await page.title()).toContain('nostrp2p')
    expect(await page.locator('meta[name=description]').getAttribute('content')).not.toBe('')
    expect(await page.locator('meta[name=viewport]').getAttribute('content')).toContain('width=device-width')
    expect(await page.locator('meta[name=theme-color]').count()).toBe(2)
  })

  it('works from the home screen without the node', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'kept for the train' })
    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/k/${alice.node.token}/`)
    await page.getByText('kept for the train').waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await page.context().setOffline(true)
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByText('kept for the train').waitFor()
    // Also what was never looked at: its code is here.
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { name: 'Settings' }).first().waitFor()
    await page.context().setOffline(false)
  })
})
