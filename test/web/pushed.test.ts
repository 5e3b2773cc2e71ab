/**
 * What the service worker makes of a push that the browser hands to it. This Chromium shows no notifications, so that what is
 * to be shown is noted in their place.
 */
import type { CDPSession, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { PushMessage } from '../../src/wire/push.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { useBrowser } from './support/browser.ts'

describe('a push', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  interface Shown {
    readonly title: string
    readonly body: string
    readonly tag: string
    readonly to: string
  }

  /** From now on it is noted what the worker shows. */
  async function noted(page: Page): Promise<() => Promise<Shown[]>> {
    const [worker] = page.context().serviceWorkers()
    await worker!.evaluate(() => {
      const scope = globalThis as unknown as { registration: ServiceWorkerRegistration; shown: unknown[] }
      scope.shown = []
      scope.registration.showNotification = async (title, { body, tag, data } = {}) => {
        scope.shown.push({ title, body, tag, to: (data as { to: string }).to })
      }
    })
    return () => worker!.evaluate(() => (globalThis as unknown as { shown: Shown[] }).shown)
  }

  it('is shown in its words, by its sort, and leads to its post; nonsense and later versions show nothing', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const { id } = await alice.post({ content: 'a question' })
    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByText('a question').waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    const shown = await noted(page)
    const session = await page.context().newCDPSession(page)
    const registrationId = await registrationOf(session, alice.node.clientOrigin)
    const push = (data: string) =>
      session.send('ServiceWorker.deliverPushMessage', { origin: alice.node.clientOrigin, registrationId, data })
    const message: PushMessage = {
      v: 1,
      what: 'reply',
      count: 1,
      who: { pubkey: alice.owner.pubkey, name: 'Bob' },
      id,
      about: null,
      title: 'Bob answers you',
      body: 'an answer',
      at: new Date().toISOString(),
    }
    await push(JSON.stringify(message))
    await push(JSON.stringify({ ...message, v: 2, title: 'from the future' }))
    await push('not JSON')
    await push('null')
    await push(JSON.stringify({ ...message, what: 'several', title: '3 new' }))
    await until('the last', async () => (await shown()).length === 2)
    expect(await shown()).toEqual([
      { title: 'Bob answers you', body: 'an answer', tag: 'reply', to: `#/thread/${id}` },
      { title: '3 new', body: 'an answer', tag: 'several', to: '#/notices' },
    ])
  }, 60_000)
})

function registrationOf(session: CDPSession, origin: string): Promise<string> {
  return new Promise(resolve => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const found = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin))
      if (found !== undefined) resolve(found.registrationId)
    })
    void session.send('ServiceWorker.enable')
  })
}
