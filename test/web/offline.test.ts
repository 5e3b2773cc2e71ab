/** The page without its node: it opens, shows what it kept, keeps what is written, and goes on when the node is back. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { useBrowser } from './support/browser.ts'

/** What takes a request and never answers, as an address does that leads nowhere from here. */
async function listenInSilence(port: number) {
  const asked: string[] = []
  const server = createServer(({ url = '', headers }) => {
    // The page listens for news by a WebSocket there.
    if (headers.upgrade === undefined) asked.push(url)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

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
    const silent = await listenInSilence(Number(new URL(alice.node.clientOrigin).port))
    await page.reload()
    await page.getByText('before the storm').waitFor()
    expect(silent.asked, 'the page itself is not asked for').not.toContain('/')
    await silent.stop()
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.getByText('Your node does not answer').waitFor()
    const back = await alice.restart()
    await back.post({ content: 'after the storm' })
    await page.evaluate(() => dispatchEvent(new Event('online')))
    await page.getByText('after the storm').waitFor()
    await page.getByText('Your node does not answer').waitFor({ state: 'detached' })
    expect(await page.getByRole('article').count()).toBe(2)
  })
})
