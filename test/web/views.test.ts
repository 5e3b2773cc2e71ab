/** Going from view to view: the title says where one is, the focus goes along, and the place in a list is found again. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { npubOf } from '../../src/event/npub.ts'
import { type CleanUp, useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

/** What a screen reader would say now: the element in focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { tagName = '', textContent = '' } = document.activeElement ?? {}
    return `${tagName.toLowerCase()} ${textContent.replaceAll('\u00a0', ' ').trim()}`
  })
}

async function expectView(page: Page, title: string, focus: string): Promise<void> {
  await expect.poll(() => page.title(), { timeout: 10_000 }).toBe(title)
  await expect.poll(() => focused(page), { timeout: 10_000 }).toBe(focus)
}

function go(page: Page, hash: string): Promise<void> {
  return page.evaluate(to => location.assign(to), hash)
}

async function aliceWithPosts(cleanUp: CleanUp, posts: number) {
  const alice = await startTestNode(cleanUp, { owner: 'alice' })
  await alice.post({ kind: 0, content: JSON.stringify({ name: 'Alice' }) })
  const first = Math.floor(Date.now() / 1000) - posts - 10
  for (let number = 1; number <= posts; number++) {
    await alice.post({ content: `Post number ${number}.`, created_at: first + number })
  }
  return alice
}

describe('views', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('say in the title where one is, and give their heading the focus', async () => {
    const alice = await aliceWithPosts(cleanUp, 1)
    const page = await openSignedIn(browser, cleanUp, alice)
    await page.getByText('Post number 1.').waitFor()
    await expect.poll(() => page.title()).toBe('Home · nostrp2p')
    expect(await focused(page), 'a page that was just opened takes no focus').toMatch(/^body/)

    await page.getByRole('link', { name: 'People' }).click()
    await expectView(page, 'People · nostrp2p', 'h1 People')
    await go(page, `#/person/${npubOf(alice.owner.pubkey)}`)
    await expectView(page, 'Alice · nostrp2p', 'h1 Alice')
    await page.getByText('Post number 1.').waitFor()
    await page.locator('article time').click()
    await expectView(page, 'Conversation · nostrp2p', 'h1 Conversation')
    await go(page, '#/tag/bread')
    await expectView(page, '#bread · nostrp2p', 'h1 #bread')
    await go(page, '#/search/number')
    await expectView(page, 'number · Search · nostrp2p', 'h1 Search number')
    await go(page, '#/settings/')
    await expectView(page, 'Settings · nostrp2p', 'h1 Settings')
    await page.getByRole('link', { name: 'Devices' }).click()
    await expectView(page, 'Devices · Settings · nostrp2p', 'h2 Devices')
    await go(page, '#/node/log')
    await expectView(page, 'Live log · Node · nostrp2p', 'h1 Node: Live log')
    await go(page, '#/search/')
    await expect.poll(() => page.title()).toBe('Search · nostrp2p')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search')
    await page.goBack()
    await expectView(page, 'Live log · Node · nostrp2p', 'h1 Node: Live log')
  }, 60_000)

  it('find the place in a list again, with the focus on a heading that is out of sight', async () => {
    const alice = await aliceWithPosts(cleanUp, 60)
    const page = await openSignedIn(browser, cleanUp, alice, { viewport: PHONE })
    await page.getByText('Post number 60.').waitFor()
    const post = page.getByRole('article').filter({ hasText: 'Post number 40.' })
    const twoFrames = () =>
      page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
    // So slowly that the list never runs past the post.
    for (let tries = 0; tries < 120 && !(await post.isVisible()); tries++) {
      await page.mouse.wheel(0, 200)
      await twoFrames()
    }
    await post.scrollIntoViewIfNeeded()
    const top = () => post.evaluate(element => Math.round(element.getBoundingClientRect().top))
    await twoFrames()
    const before = await top()
    await post.locator('time').click()
    await expectView(page, 'Conversation · nostrp2p', 'h1 Conversation')
    await page.goBack()
    await expectView(page, 'Home · nostrp2p', 'h1 Home')
    await expect.poll(top, { timeout: 10_000 }).toBe(before)
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(500)
    await page.goForward()
    await expectView(page, 'Conversation · nostrp2p', 'h1 Conversation')
  }, 60_000)

  it('leave the focus to an open dialog, and take it when the dialog closes over another view', async () => {
    const alice = await aliceWithPosts(cleanUp, 1)
    const page = await openSignedIn(browser, cleanUp, alice)
    await go(page, '#/people')
    await expectView(page, 'People · nostrp2p', 'h1 People')
    await go(page, '#/home')
    await expectView(page, 'Home · nostrp2p', 'h1 Home')
    await page.getByRole('article').getByRole('button', { name: 'Reply' }).click()
    const text = page.getByLabel('Text of the post')
    await text.fill('half a thought')
    await page.goBack()
    await expect.poll(() => page.title()).toBe('People · nostrp2p')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('composer-text')
    expect(await text.inputValue()).toBe('half a thought')
    await page.keyboard.press('Escape')
    await expectView(page, 'People · nostrp2p', 'h1 People')
  })

  it('come in one language only, the other when it is chosen, and without the node as well', async () => {
    const alice = await aliceWithPosts(cleanUp, 1)
    const page = await openSignedIn(browser, cleanUp, alice, { at: '#/settings/appearance' })
    const loaded = () =>
      page.evaluate(() =>
        performance.getEntriesByType('resource').flatMap(({ name }) => /\/assets\/(en|ja)-/.exec(name)?.[1] ?? []),
      )
    await page.getByRole('radio', { name: '日本語' }).waitFor()
    expect(await loaded()).toEqual(['en'])
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.waitForFunction(async () => (await caches.match('./')) !== undefined)
    await alice.node.stop()
    await page.getByRole('radio', { name: '日本語' }).check()
    await expect.poll(() => page.title()).toBe('表示 · 設定 · nostrp2p')
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('ja')
    await page.reload()
    await page.getByRole('heading', { name: '表示' }).waitFor()
    expect(await loaded()).toEqual(['ja'])
  }, 60_000)
})
