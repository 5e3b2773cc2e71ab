/** A node that does not do what it should: a sentence for the person and a way on, and nothing that was typed is lost. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

describe('a node that is not as it should be', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function open() {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'good morning' })
    const page = await openSignedIn(browser, cleanUp, alice, { serviceWorkers: 'block' })
    await page.getByText('good morning').waitFor()
    return { alice, page }
  }

  async function post(page: Page, text: string): Promise<void> {
    await page.getByRole('button', { name: 'New post' }).click()
    await page.getByLabel('Text of the post').fill(text)
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Post now' }).click()
  }

  it('is full: what was written waits, says why, and can be changed or sent again', async () => {
    const { alice, page } = await open()
    const reason = 'The disk of the node is full. Make room and try again.'
    await page.route('**/publish', route => route.fulfill({ status: 507, json: { Error: reason } }))
    await post(page, 'too much for the disk')
    await page.getByText(reason).waitFor()
    await page.unroute('**/publish')
    await page.getByRole('button', { name: 'Try again' }).click()
    await until('the post at the node', async () =>
      (await alice.client.req({ kinds: [1] })).some(({ content }) => content === 'too much for the disk'),
    )
  })

  it('is busy: it is tried again by itself, and the page says so', async () => {
    const { page } = await open()
    await page.route('**/req', route => route.fulfill({ status: 503, json: { Error: 'busy' } }))
    await page.evaluate(() => void dispatchEvent(new Event('online')))
    await page.getByText('Your node is busy.').waitFor()
    await page.unroute('**/req')
    await page.evaluate(() => void dispatchEvent(new Event('online')))
    await page.getByText('Your node is busy.').waitFor({ state: 'detached' })
    expect(await page.getByText('good morning').isVisible()).toBe(true)
  })

  it('speaks another version: nothing breaks, and the page says what to do', async () => {
    const { page } = await open()
    await page.route('**/req', route => route.fulfill({ status: 200, body: 'something else' }))
    await page.evaluate(() => void dispatchEvent(new Event('online')))
    await page.getByText('It may be another version: reload the page.').waitFor()
    expect(await page.getByText('good morning').isVisible()).toBe(true)
  })

  it('serves a newer page than the one that is open: it is offered', async () => {
    const { page } = await open()
    await page.route('**/files.json', route =>
      route.fulfill({ json: { version: 'newer', paths: ['./', './assets/page-newer.js'] } }),
    )
    await page.reload()
    await page.getByText('Your node has another version of this page.').waitFor()
    await page.unroute('**/files.json')
    await page.getByRole('button', { name: 'Load it' }).click()
    await page.getByText('good morning').waitFor()
    await until('the page as it should be', async () => !(await page.getByText('another version').isVisible()))
  })

  it('has shut this device out: the page asks for the way in, and shows nothing more', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'for my devices' })
    const elsewhere = { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } }
    const page = await browser.open(cleanUp, elsewhere)
    const add = await fetch(`${alice.node.clientOrigin}/devices`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${alice.node.token}` },
      body: JSON.stringify({ name: 'old phone' }),
    })
    const device = (await add.json()) as { id: string; path: string }
    await page.goto(`${alice.node.clientOrigin}${device.path}/`)
    await page.getByText('for my devices').waitFor()
    await fetch(`${alice.node.clientOrigin}/devices/${device.id}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${alice.node.token}` },
    })
    await page.evaluate(() => void dispatchEvent(new Event('online')))
    await page.getByRole('heading', { name: 'This node belongs to somebody' }).waitFor()
    expect(await page.getByText('for my devices').count()).toBe(0)
    await page.reload()
    await page.getByRole('heading', { name: 'This node belongs to somebody' }).waitFor()
    expect(await page.getByText('for my devices').count()).toBe(0)
  })
})
