/** The page without its node: it opens, shows what it kept, keeps what is written, and goes on when the node is back. */
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { useBrowser } from './support/browser.ts'

describe('a node that is away', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('leaves the last timeline, also in a page that is opened then, and the page goes on when it is back', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'before the storm' })
    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByText('before the storm').waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.waitForFunction(async () => (await caches.keys()).length > 0 && (await caches.match('./')) !== undefined)
    await alice.node.stop()
    await page.reload()
    await page.getByText('before the storm').waitFor()
    await page.getByText('Your node does not answer.').waitFor()
    const back = await alice.restart()
    await back.post({ content: 'after the storm' })
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.getByText('after the storm').waitFor()
    await page.getByText('Your node does not answer.').waitFor({ state: 'detached' })
    expect(await page.getByRole('article').count()).toBe(2)
  })
})
