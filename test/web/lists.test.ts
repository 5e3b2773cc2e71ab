/** What is kept for oneself (bookmarks, mutes): it is said that it is being saved, then what is so now, or what went wrong. */
import { describe, expect, it } from 'vitest'
import { type CleanUp, useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

describe('a bookmark and a mute', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function aliceReadsBob(clean: CleanUp) {
    const alice = await startTestNode(clean, { owner: 'alice' })
    const bob = await startTestNode(clean, { owner: 'bob', bootstraps: [alice.address] })
    await bob.waitFor('peer-connected')
    const { id } = await bob.post({ content: 'The football game' })
    await alice.holds(id)
    const page = await openSignedIn(browser, clean, alice, { at: '#/everybody', serviceWorkers: 'block' })
    await page.getByText('The football game').waitFor()
    return { alice, page }
  }

  it('say that they are being saved, and then that they are', async () => {
    const { page } = await aliceReadsBob(cleanUp)
    const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>()
    await page.route('**/publish', async route => {
      await goOn
      await route.continue()
    })
    await page.getByRole('article').getByRole('button', { name: 'More' }).click()
    const menu = page.getByRole('dialog')
    await menu.getByRole('button', { name: 'Bookmark' }).click()
    await menu.getByRole('status').filter({ hasText: 'Saving…' }).waitFor()
    letGo()
    await page.getByRole('status').filter({ hasText: 'Bookmarked.' }).waitFor()
    await menu.waitFor({ state: 'detached' })
    await page.getByRole('article').getByRole('button', { name: 'More' }).click()
    await menu.getByRole('button', { name: /^Mute npub1/ }).click()
    await page.getByRole('status').filter({ hasText: 'Muted.' }).waitFor()
    await page.getByText('The football game').waitFor({ state: 'detached' })
  })

  it('that the node refuses say why, and all is as it was', async () => {
    const { page } = await aliceReadsBob(cleanUp)
    const reason = 'The disk of the node is full. Make room and try again.'
    await page.route('**/publish', route => route.fulfill({ status: 507, json: { Error: reason } }))
    await page.getByRole('article').getByRole('button', { name: 'More' }).click()
    const menu = page.getByRole('dialog')
    await menu.getByRole('button', { name: 'Bookmark' }).click()
    await menu.getByRole('alert').filter({ hasText: reason }).waitFor()
    expect(await menu.getByRole('status').textContent()).toBe('')
    expect(await menu.getByRole('button', { name: 'Bookmark', exact: true }).isEnabled()).toBe(true)
    await menu.getByRole('button', { name: /^Mute npub1/ }).click()
    await menu.getByRole('alert').filter({ hasText: reason }).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.getByText('The football game').isVisible()).toBe(true)
  })
})
