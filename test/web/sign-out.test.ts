/** Signing out: whatever a browser can keep, nothing of the owner stays in it. */
import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { nsecOf } from '../../src/event/keys.ts'
import { npubOf } from '../../src/event/npub.ts'
import type { NewDevice } from '../../src/wire/devices.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { useBrowser } from './support/browser.ts'
import { importEvents } from './support/import-events.ts'

const friend = personFrom('a friend')
const ELSEWHERE = { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } }

describe('signing out', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('leaves nothing of the owner in any storage, in this tab or another, and its address opens nothing', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const { id } = await alice.post({ content: 'a private thought' })
    await alice.post({ kind: 0, content: JSON.stringify({ name: 'Alice of the Library' }) })
    await alice.post({ kind: 3, content: '', tags: [['p', friend.pubkey]] })
    const start = Math.floor(Date.now() / 1000) - 3_600
    const posts = Array.from({ length: 40 }, (_, i) =>
      signedEvent(friend, { content: `post ${i}`, created_at: start + i }),
    )
    await importEvents(alice, posts)
    const response = await alice.client.send('/devices', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Library' }),
    })
    const { token } = (await response.json()) as NewDevice

    const page = await browser.open(cleanUp, ELSEWHERE)
    await page.goto(`${alice.node.clientOrigin}/k/${token}/#/home`)
    await page.getByText('post 39').waitFor()
    await page.getByRole('button', { name: 'Sign now' }).click()
    const dialog = page.getByRole('dialog', { name: 'Your key is needed' })
    await dialog.getByRole('button', { name: 'Secret key (nsec)' }).click()
    await dialog.getByLabel('Secret key (nsec1…)').fill(nsecOf(alice.owner.secretKey))
    await dialog.getByLabel('Unlocked').check()
    await dialog.getByRole('button', { name: 'Use this key' }).click()
    await dialog.waitFor({ state: 'hidden' })
    // A place in a list that has a person's name, a draft, and a second tab with places of its own.
    await go(page, `#/person/${npubOf(friend.pubkey)}`)
    await page.getByText('post 39').waitFor()
    await page.mouse.move(600, 400)
    await page.mouse.wheel(0, 1_500)
    await until('a place', () => page.evaluate(() => scrollY > 500))
    await go(page, '#/settings/leave')
    const other = await page.context().newPage()
    await other.goto(`${alice.node.clientOrigin}/#/home`)
    await other.getByText('post 39').waitFor()
    await other.mouse.move(600, 400)
    await other.mouse.wheel(0, 1_500)
    await until('a place', () => other.evaluate(() => scrollY > 500))
    await go(other, '#/notices')
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true))

    const secrets = [
      token,
      'private thought',
      id,
      alice.owner.pubkey,
      npubOf(alice.owner.pubkey),
      npubOf(alice.owner.pubkey).slice(5, 25),
      'Alice of the Library',
      alice.node.peerId,
      friend.pubkey,
      npubOf(friend.pubkey),
      'post 39',
    ]
    const before = await everythingKept(page.context())
    for (const secret of [token, 'private thought', id, alice.owner.pubkey]) expect(before).toContain(secret)
    expect(before, 'places').toContain('nostrp2p.places')

    await page.getByRole('button', { name: 'Sign out of this device' }).click()
    await expectNoViolations(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    for (const tab of [page, other]) {
      await tab.getByRole('heading', { name: 'This node belongs to somebody' }).waitFor()
    }
    const after = await everythingKept(page.context())
    for (const secret of secrets) expect(after).not.toContain(secret)
    expect(after, 'the page itself stays').toContain('nostrp2p page')
    expect(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))).toEqual([])
    await page.goto(`${alice.node.clientOrigin}/k/${token}/`)
    await page.getByText('The node does not know this code').waitFor()
  }, 90_000)
})

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate(to => location.assign(to), hash)
}

/** All that the browser keeps for this origin, in all tabs, as one text. */
async function everythingKept(context: BrowserContext): Promise<string> {
  const tabs = await Promise.all(context.pages().map(tab => tab.evaluate(kept)))
  return JSON.stringify([tabs, await context.cookies()])
}

async function kept(): Promise<unknown[]> {
  const found: unknown[] = [{ ...localStorage }, { ...sessionStorage }, history.state, location.href, document.title]
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    found.push(name)
    for (const store of database.objectStoreNames) {
      for (const method of ['getAll', 'getAllKeys'] as const) {
        const request = database.transaction(store).objectStore(store)[method]()
        found.push(await new Promise(resolve => (request.onsuccess = () => resolve(request.result))))
      }
    }
    database.close()
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    found.push(name)
    for (const request of await cache.keys()) {
      const response = await cache.match(request)
      found.push(request.url, [...request.headers], [...response!.headers], response!.url)
      if (/html|json/.test(response!.headers.get('Content-Type') ?? '')) found.push(await response!.text())
    }
  }
  const registration = await navigator.serviceWorker.getRegistration()
  for (const { title, body } of (await registration?.getNotifications()) ?? []) found.push(title, body)
  return found
}
