/** A device that is paired: by the code that a device at home shows, from a page that no node serves, until it is shut out. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type CleanUp, useCleanUp } from '../support/clean-up.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { startHomeNode, startPublicNode } from './support/away-stage.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, type TestBrowser, useBrowser } from './support/browser.ts'
import { startStaticHost } from './support/static-host.ts'

/** With doors for browsers on this machine: what a public node has, and one at home by way of it. */
function startReachable(cleanUp: CleanUp): Promise<TestNode> {
  return startTestNode(cleanUp, { owner: 'alice', browsers: { when: 'on', port: 0 } })
}

/** The code that the dialog shows on a device at home, which stays open. */
async function showCode(browser: TestBrowser, cleanUp: CleanUp, { node }: TestNode) {
  const desk = await browser.open(cleanUp)
  await desk.goto(`${node.clientOrigin}/#/settings/devices`)
  await desk.getByRole('button', { name: 'Pair a device' }).click()
  await desk.getByRole('img', { name: 'Pair a device' }).waitFor()
  await desk.getByText('Show the code as text').click()
  const code = (await desk.locator('.pairing-code').textContent())!
  return { desk, code }
}

async function enterCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Pairing code').fill(code)
  await page.getByRole('button', { name: 'Go on' }).click()
}

describe('pairing', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('opens the node from a page of any host, also when that is gone, until the device is shut out', async () => {
    const alice = await startReachable(cleanUp)
    await alice.post({ content: 'written at home' })
    const { desk, code } = await showCode(browser, cleanUp, alice)
    await desk.getByText(/^Works once, for another (10:00|9:5\d)/).waitFor()
    await expectNoViolations(desk)

    const host = await startStaticHost(cleanUp)
    const phone = await browser.open(cleanUp, { viewport: PHONE })
    await phone.goto(host.url)
    await phone.getByRole('heading', { name: 'Welcome to nostrp2p' }).waitFor()
    await expectNoViolations(phone)
    await enterCode(phone, code.slice(0, -20))
    await phone.getByText('That is no pairing code, or not all of it.').waitFor()
    await enterCode(phone, code)
    await phone.getByRole('heading', { name: 'Pair this device' }).waitFor()
    await phone.getByLabel('Name of this device').fill('Pocket')
    await expectNoViolations(phone)
    await phone.getByRole('button', { name: 'Pair', exact: true }).click()
    await phone.getByText('written at home').waitFor()
    await phone.getByRole('link', { name: 'Away from home, directly connected' }).waitFor()
    await expectNoViolations(phone)
    await desk.getByText('Pocket is paired.').waitFor()

    // It works once, also where the code comes in the address.
    const other = await browser.open(cleanUp, { viewport: PHONE })
    await other.goto(`${host.url}#/pair/${code.replace(/^.*\//, '')}`)
    await other.getByRole('button', { name: 'Pair', exact: true }).click()
    await other.getByText('This code has let a device in already').waitFor()
    await expectNoViolations(other)

    // Where the page came from is gone: what is kept starts, and finds the node.
    await phone.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await host.stop()
    await alice.post({ content: 'written meanwhile' })
    await phone.goto(host.url)
    await phone.getByText('written meanwhile').waitFor()

    await desk.getByRole('button', { name: 'Done' }).click()
    const line = desk.getByRole('listitem', { name: 'Pocket' })
    await line.getByText('also from away').waitFor()
    await line.getByRole('button', { name: 'Shut out' }).click()
    await desk.getByRole('dialog').getByRole('button', { name: 'Shut out' }).click()
    await phone.getByRole('heading', { name: 'This device was shut out' }).waitFor()
    expect(await phone.getByText('written meanwhile').count()).toBe(0)
    await expectNoViolations(phone)
    await phone.getByRole('link', { name: 'Pair this device again' }).click()
    await phone.getByLabel('Pairing code').waitFor()
  })

  it('takes a code back when nobody sees it any more', async () => {
    const alice = await startReachable(cleanUp)
    const { desk, code } = await showCode(browser, cleanUp, alice)
    await desk.keyboard.press('Escape')
    await desk.getByRole('dialog').waitFor({ state: 'detached' })
    const phone = await browser.open(cleanUp, {
      viewport: PHONE,
      extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' },
    })
    await phone.goto(`${alice.node.clientOrigin}/#/pair/${code.replace(/^.*\//, '')}`)
    await phone.getByRole('button', { name: 'Pair', exact: true }).click()
    await phone.getByText('The node does not know this code').waitFor()
  })

  it('stays on a circuit where nothing direct gets through: the page says so, and what is large waits', async () => {
    const rita = await startPublicNode(cleanUp, 'rita')
    const alice = await startHomeNode(cleanUp, 'alice', rita)
    await alice.post({ content: 'written at home' })
    const { code } = await showCode(browser, cleanUp, alice)
    const phone = await browser.open(cleanUp, { viewport: PHONE })
    await phone.addInitScript(() => {
      Object.defineProperty(globalThis, 'RTCPeerConnection', { value: undefined })
    })
    // The public node's page, as its own owner would come to it from elsewhere.
    await phone.goto(rita.node.clientOrigin.replace('127.0.0.1', 'public.lan'))
    await phone.getByRole('button', { name: 'Open the node that is here' }).click()
    await phone.getByRole('heading', { name: 'This node belongs to somebody' }).waitFor()
    await phone.getByRole('link', { name: 'Pair this device with your node' }).click()
    await phone.getByRole('heading', { name: 'Welcome to nostrp2p' }).waitFor()
    await enterCode(phone, code)
    await phone.getByRole('button', { name: 'Pair', exact: true }).click()
    await phone.getByText('written at home').waitFor()
    await phone.getByRole('link', { name: 'through a helper node: slower, nothing large' }).waitFor()
    await expectNoViolations(phone)
    await phone.evaluate(() => location.assign('#/settings/backup'))
    await phone.getByRole('button', { name: 'Export to a file' }).click()
    await phone.getByText('Waits for a direct connection').waitFor()
    await expectNoViolations(phone)
    await phone.getByRole('button', { name: 'Stop' }).click()
    await phone.getByText('Waits for a direct connection').waitFor({ state: 'detached' })
  })
})
