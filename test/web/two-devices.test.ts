/** Two devices of one owner at one node: what is read on one is read on the other. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { nsecOf } from '../../src/event/keys.ts'
import type { NewDevice } from '../../src/wire/devices.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { PHONE, useBrowser, WIDE } from './support/browser.ts'
import { importEvents } from './support/import-events.ts'

const friend = personFrom('a friend')
/** As from another machine: the node trusts nobody without a token. */
const ELSEWHERE = { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } }

describe('two devices', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  /** With a token of its own, and the owner's key unlocked in the page. */
  async function openDevice({ node, owner, client }: TestNode, name: string, viewport: typeof PHONE): Promise<Page> {
    const response = await client.send('/devices', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    const { token } = (await response.json()) as NewDevice
    const page = await browser.open(cleanUp, { ...ELSEWHERE, viewport })
    await page.goto(`${node.clientOrigin}/k/${token}/#/settings/key`)
    await page.getByRole('button', { name: 'Bring the key' }).click()
    const dialog = page.getByRole('dialog', { name: 'Your key is needed' })
    await dialog.getByRole('button', { name: 'Secret key (nsec)' }).click()
    await dialog.getByLabel('Secret key (nsec1…)').fill(nsecOf(owner.secretKey))
    await dialog.getByLabel('Unlocked').check()
    await dialog.getByRole('button', { name: 'Use this key' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.goto(`${node.clientOrigin}/#/home`)
    await article(page, 'a question').waitFor()
    return page
  }

  it('share how far was read: the bar of new posts and the number of notices follow', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ kind: 3, content: '', tags: [['p', friend.pubkey]] })
    const own = await alice.post({ content: 'a question', created_at: now() - 3_600 })
    const phone = await openDevice(alice, 'phone', PHONE)
    const desk = await openDevice(alice, 'desk', WIDE)

    const answerTo = [
      ['e', own.id, '', 'root'],
      ['p', alice.owner.pubkey],
    ]
    await importEvents(alice, [
      signedEvent(friend, { created_at: now() - 3, content: 'news of the day' }),
      signedEvent(friend, { created_at: now() - 2, content: 'an answer', tags: answerTo }),
    ])
    for (const page of [phone, desk]) {
      await pull(page)
      await page.getByRole('button', { name: '2 new' }).waitFor()
      await page.getByRole('link', { name: 'Notices 1 new notices' }).waitFor()
    }

    // Read on the phone, which is put away then.
    await phone.getByRole('button', { name: '2 new' }).click()
    await article(phone, 'news of the day').waitFor()
    await phone.getByRole('link', { name: /^Notices/ }).click()
    await phone.getByRole('link', { name: 'Notices', exact: true }).waitFor()
    await look(phone, 'hidden')

    await desk.getByRole('button', { name: /new$/ }).waitFor({ state: 'detached' })
    await article(desk, 'news of the day').waitFor()
    await desk.getByRole('link', { name: 'Notices', exact: true }).waitFor()

    // One event, of which the node can read nothing.
    const [shared, ...others] = await alice.client.req({ kinds: [30_078], authors: [alice.owner.pubkey] })
    expect(others).toEqual([])
    expect(shared!.tags).toEqual([['d', 'nostrp2p/read']])
    expect(shared!.content).not.toMatch(/home|notices/)

    // A device that was switched off meanwhile has it when it comes back, without a question to the person.
    await desk.reload()
    await article(desk, 'news of the day').waitFor()
    await desk.getByRole('link', { name: 'Notices', exact: true }).waitFor()

    // The other way, and only what is new counts.
    await look(phone, 'visible')
    await phone.goBack()
    await article(phone, 'news of the day').waitFor()
    await importEvents(alice, [signedEvent(friend, { created_at: now(), content: 'later news' })])
    for (const page of [phone, desk]) {
      await pull(page)
      await page.getByRole('button', { name: '1 new' }).waitFor()
    }
    await desk.getByRole('button', { name: '1 new' }).click()
    await article(desk, 'later news').waitFor()
    await look(desk, 'hidden')
    await phone.getByRole('button', { name: /new$/ }).waitFor({ state: 'detached' })
    await article(phone, 'later news').waitFor()
  }, 90_000)
})

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function article(page: Page, text: string) {
  return page.getByRole('article').filter({ hasText: text }).first()
}

/** As if somebody had switched on the screen, which has the page ask the node at once. */
async function pull(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new Event('online')))
}

async function look(page: Page, state: 'visible' | 'hidden'): Promise<void> {
  await page.evaluate(value => {
    Object.defineProperty(document, 'visibilityState', { get: () => value, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
  await until('the page to know', () => page.evaluate(value => document.visibilityState === value, state))
}
