/** Web Push through the settings: asked of the browser, told to the node, and what stands in the way in words. */
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { KeyPair } from '../../src/event/keys.ts'
import { npubOf } from '../../src/event/npub.ts'
import type { PushState } from '../../src/wire/push.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { type Browser, startPushServer, subscribed } from '../support/push-service.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { installExtension } from './support/extension.ts'

/** What the person answers the browser. */
type Answer = 'granted' | 'denied' | 'default'

describe('notifications', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  /** A Chromium without a push service of its own gets the one of the test. */
  async function openAt(
    { node }: TestNode,
    answer: Answer,
    push?: Browser,
    { signedInAs, ...options }: BrowserContextOptions & { readonly signedInAs?: KeyPair } = {},
  ): Promise<Page> {
    const page = await browser.open(cleanUp, options)
    if (signedInAs !== undefined) {
      await installExtension(page, { person: signedInAs })
      const kept = JSON.stringify({ kind: 'extension', pubkey: signedInAs.pubkey })
      await page.addInitScript(signer => localStorage.setItem('nostrp2p.signer', signer), kept)
    }
    await page.addInitScript(
      ([reply, json]) => {
        let permission = 'default'
        Object.defineProperty(Notification, 'permission', { get: () => permission, configurable: true })
        Notification.requestPermission = async () => {
          permission = reply as string
          return permission as NotificationPermission
        }
        if (!json) return
        const subscription = { endpoint: json.endpoint, toJSON: () => json, unsubscribe: async () => end() }
        let current: typeof subscription | undefined = localStorage.getItem('test') === null ? undefined : subscription
        const end = () => {
          localStorage.removeItem('test')
          current = undefined
          return true
        }
        PushManager.prototype.getSubscription = async () => (current ?? null) as unknown as PushSubscription
        PushManager.prototype.subscribe = async () => {
          localStorage.setItem('test', '1')
          current = subscription
          return subscription as unknown as PushSubscription
        }
      },
      [answer, push?.subscription] as const,
    )
    await page.goto(`${node.clientOrigin}/#/settings/notifications`)
    await page.getByRole('button', { name: 'Notify me on this device' }).waitFor()
    return page
  }

  async function held({ client }: TestNode): Promise<PushState> {
    return (await (await client.send('/push')).json()) as PushState
  }

  it('are switched on, reach the device, are chosen, and are switched off', async () => {
    const service = await startPushServer(cleanUp)
    const phone = subscribed(service, 'phone')
    const alice = await startTestNode(cleanUp, { owner: 'alice', pushTo: { mayReach: () => true, ca: service.ca } })
    const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await alice.waitFor('peer-connected')
    const page = await openAt(alice, 'granted', phone, { viewport: PHONE })
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Notify me on this device' }).click()
    await page.getByText('This device is notified.').waitFor()
    await page.getByRole('listitem').getByText('Mentions, Replies').waitFor()
    await expectNoViolations(page)
    await bob.post({ content: 'hello alice', tags: [['p', alice.owner.pubkey]] })
    expect(phone.open((await service.arrived(1))[0]!)).toMatchObject({ what: 'mention', body: 'hello alice' })

    await page.reload()
    await page.getByText('This device is notified.').waitFor()
    await page.getByRole('checkbox', { name: 'Likes' }).check()
    await until('the wish', async () => (await held(alice)).devices[0]?.what.length === 3)
    await page.getByRole('button', { name: 'No more on this device' }).click()
    await page.getByRole('button', { name: 'Notify me on this device' }).waitFor()
    expect((await held(alice)).devices).toEqual([])
  })

  it('leave out whom the owner mutes in private, also later', async () => {
    const service = await startPushServer(cleanUp)
    const alice = await startTestNode(cleanUp, { owner: 'alice', pushTo: { mayReach: () => true, ca: service.ca } })
    const page = await openAt(alice, 'granted', subscribed(service, 'phone'), { signedInAs: alice.owner })
    await page.getByRole('button', { name: 'Notify me on this device' }).click()
    await page.getByText('This device is notified.').waitFor()
    const mallory = personFrom('mallory').pubkey
    const telling = page.waitForRequest(request => request.postData()?.includes(`"except":["${mallory}"]`) === true)
    await page.evaluate(() => location.assign('#/settings/mutes'))
    await page.getByLabel('Word, #hashtag or npub').fill(npubOf(mallory))
    await page.getByRole('button', { name: 'Mute', exact: true }).click()
    await page.getByRole('heading', { name: 'People' }).waitFor()
    await telling
  })

  it.each([
    ['denied', 'have said no to notifications'],
    ['default', 'Your browser was not told yes or no'],
  ] as const)('that are answered with %s are not, and the page says what helps', async (answer, sentence) => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openAt(alice, answer)
    await page.getByRole('button', { name: 'Notify me on this device' }).click()
    await page.getByText(sentence).waitFor()
    await expectNoViolations(page)
    expect((await held(alice)).devices).toEqual([])
    // The person changes their mind in the settings of the browser, and comes back.
    await page.evaluate(() => {
      Object.defineProperty(Notification, 'permission', { get: () => 'granted' })
      dispatchEvent(new Event('focus'))
    })
    await page.getByRole('button', { name: 'Notify me on this device' }).waitFor()
  })

  it('say so where the service of the browser cannot be reached', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    // This Chromium has no push service: it refuses by itself.
    const page = await openAt(alice, 'granted')
    await page.getByRole('button', { name: 'Notify me on this device' }).click()
    await page.getByText('cannot be reached').waitFor()
    expect((await held(alice)).devices).toEqual([])
  })
})
