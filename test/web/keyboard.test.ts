/** The page without a mouse: single keys move, act and go, and stay out of the way of who types. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

describe('the keyboard', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  /** Alice follows bob, whose posts are numbered, the newest being the last; all but some are long. */
  async function aliceReads(posts: number) {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await bob.waitFor('peer-connected')
    await alice.post({ kind: 3, content: '', tags: [['p', bob.owner.pubkey]] })
    const first = Math.floor(Date.now() / 1000) - posts - 10
    for (let number = 1; number <= posts; number++) {
      const content = `Post number ${number}. ${'More of it. '.repeat((number * 7) % 40)}`
      const { id } = await bob.post({ content, created_at: first + number })
      if (number === posts) await alice.holds(id)
    }
    const page = await openSignedIn(browser, cleanUp, alice)
    await page.getByText(`Post number ${posts}.`).waitFor()
    await ready(page)
    return { alice, bob, page }
  }

  /** The keys come a moment after the posts. */
  async function ready(page: Page): Promise<void> {
    await until('the sheet of keys', async () => {
      await page.keyboard.press('?')
      return page.getByRole('dialog', { name: 'Keys' }).isVisible()
    })
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }

  function focused(page: Page): Promise<string> {
    return page.evaluate(() => /Post number \d+\./.exec(document.activeElement?.textContent ?? '')?.[0] ?? '')
  }

  it('moves through a long list, the one in focus in sight and visibly so', async () => {
    const { page } = await aliceReads(60)
    for (let number = 60; number > 20; number--) {
      await page.keyboard.press('j')
      await expect.poll(() => focused(page), { timeout: 5_000 }).toBe(`Post number ${number}.`)
    }
    const { isSeen, outline } = await page.evaluate(() => {
      const { top } = document.activeElement!.getBoundingClientRect()
      const { outlineStyle } = getComputedStyle(document.activeElement!)
      return { isSeen: top >= 0 && top < innerHeight, outline: outlineStyle }
    })
    expect(isSeen).toBe(true)
    expect(outline).toBe('solid')
    // The rest of the list is not in the document.
    expect(await page.getByRole('article').count()).toBeLessThan(40)
    for (let number = 22; number <= 60; number++) {
      await page.keyboard.press('k')
      await expect.poll(() => focused(page), { timeout: 5_000 }).toBe(`Post number ${number}.`)
    }
    await expectNoViolations(page)
  })

  it('acts on the post in focus: like, bookmark, reply, open; and the focus comes back', async () => {
    const { alice, page } = await aliceReads(5)
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('l')
    await page
      .getByRole('button', { name: 'Unlike', exact: false })
      .or(page.locator('[aria-pressed=true]'))
      .first()
      .waitFor()
    await until('the like', async () => (await alice.client.req({ kinds: [7] })).length === 1)
    await page.keyboard.press('b')
    await page.getByText('Bookmarked.').waitFor()
    await until('the bookmarks', async () => (await alice.client.req({ kinds: [10_003] })).length === 1)
    await page.keyboard.press('r')
    await until('the field in focus', () => page.evaluate(() => document.activeElement instanceof HTMLTextAreaElement))
    await page.keyboard.type('jk? all of it is typed')
    expect(await page.getByLabel('Text of the post').inputValue()).toBe('jk? all of it is typed')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await until('the focus is back', async () => (await focused(page)) === 'Post number 4.')
    await page.keyboard.press('t')
    await page.getByRole('dialog').getByRole('button', { name: 'Quote' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Conversation' }).waitFor()
  })

  it('goes to other views, writes, searches and shows what is new', async () => {
    const { bob, alice, page } = await aliceReads(2)
    for (const [key, heading] of [
      ['n', 'Notices'],
      ['b', 'Bookmarks'],
      ['p', 'People'],
      ['s', 'Settings'],
      ['e', 'Everybody'],
      ['h', 'Home'],
    ] as const) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    }
    await page.keyboard.press('n')
    await page.getByRole('dialog', { name: 'New post' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const { id } = await bob.post({ content: 'Just now.' })
    await alice.holds(id)
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.getByRole('button', { name: '1 new' }).waitFor()
    await page.keyboard.press('.')
    await page.getByText('Just now.').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('number 1')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Posts found' }).getByText('Post number 1.').waitFor()
  })

  it('lists the keys, and can be switched off', async () => {
    const { page } = await aliceReads(1)
    await page.keyboard.press('?')
    const sheet = page.getByRole('dialog', { name: 'Keys' })
    await sheet.getByText('Next post').waitFor()
    await expectNoViolations(page)
    await page.keyboard.press('Escape')
    await page.evaluate(() => location.assign('#/settings/appearance'))
    await page.getByRole('checkbox', { name: 'Keys of the keyboard' }).uncheck()
    await page.getByRole('heading', { name: 'Appearance' }).click()
    await page.keyboard.press('?')
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.getByRole('button', { name: 'Show all of them' }).click()
    await sheet.waitFor()
    expect(new URL(page.url()).hash).toBe('#/settings/appearance')
  })
})
