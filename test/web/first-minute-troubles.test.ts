/** What can be in the way of the first minute, each told in a sentence with a way on; and people found in it. */

import type { Page } from 'playwright-core'
import encodeQR from 'qr'
import { describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import { npubOf } from '../../src/event/npub.ts'
import { signEvent } from '../../src/event/sign.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { startTestNode, type TestNode, type TestNodeOptions } from '../support/test-node.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { installExtension } from './support/extension.ts'

const alice = personFrom('alice')
const bob = personFrom('bob')

describe('in the first minute', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  /** The page of an unclaimed node, with a signing extension in the browser. */
  async function arrive(options: Partial<TestNodeOptions> = {}): Promise<{ nobodys: TestNode; page: Page }> {
    const nobodys = await startTestNode(cleanUp, { owner: null, ...options })
    const page = await browser.open(cleanUp, { viewport: PHONE })
    await installExtension(page, { person: alice })
    await page.goto(`${nobodys.node.clientOrigin}/k/${nobodys.node.claimToken()}/`)
    await page.getByRole('button', { name: 'I have a key already' }).waitFor()
    return { nobodys, page }
  }

  async function claim(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'I have a key already' }).click()
    await page.getByRole('button', { name: 'Browser extension' }).click()
    await page.getByRole('button', { name: 'Use the extension' }).click()
  }

  it('a code that was printed before the node started again no longer counts', async () => {
    const { nobodys, page } = await arrive()
    const again = await nobodys.restart()
    await claim(page)
    await page.getByText('The code in this address no longer counts').waitFor()
    await page.goto(`${again.node.clientOrigin}/k/${again.node.claimToken()}/`)
    await page.getByRole('heading', { name: 'Your name' }).waitFor()
  })

  it('somebody else may be quicker', async () => {
    const { nobodys, page } = await arrive()
    const binding = signEvent(bindingTemplate(nobodys.node.peerId, Math.floor(Date.now() / 1000)), bob.secretKey)
    const response = await fetch(`${nobodys.node.clientOrigin}/k/${nobodys.node.claimToken()}/publish`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(binding),
    })
    expect(response.status).toBe(200)
    await claim(page)
    await page.getByText('This node belongs to somebody else already.').waitFor()
    expect(nobodys.node.owner()).toBe(bob.pubkey)
  })

  it('a node that takes nothing says so', async () => {
    const { nobodys, page } = await arrive({ writable: false })
    await claim(page)
    await page.getByText('This node takes nothing from anybody (-w false)').waitFor()
    expect(nobodys.node.owner()).toBeUndefined()
  })

  it('a clock that is off is named, with what to do, and nothing is signed', async () => {
    const { nobodys, page } = await arrive()
    await page.clock.setFixedTime(Date.now() + 3 * 3600 * 1000)
    await claim(page)
    await page.getByText('The clocks differ by 3 hours').waitFor()
    expect(nobodys.node.owner()).toBeUndefined()
    await page.clock.setFixedTime(Date.now())
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Your name' }).waitFor()
  })

  it('an address without the code says where the code is', async () => {
    const nobodys = await startTestNode(cleanUp, { owner: null })
    const page = await browser.open(cleanUp)
    await page.goto(`${nobodys.node.clientOrigin}/`)
    await page.getByText('open the claim address that it printed').waitFor()
    await expectNoViolations(page)
  })

  it('a page without https makes a key all the same, and says what it cannot do', async () => {
    const nobodys = await startTestNode(cleanUp, { owner: null })
    const page = await browser.open(cleanUp)
    const origin = nobodys.node.clientOrigin.replace('127.0.0.1', 'home.lan')
    await page.goto(`${origin}/k/${nobodys.node.claimToken()}/`)
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await page.getByRole('button', { name: 'I am new' }).click()
    await page.getByText('The browser allows this only at a secure address').waitFor()
    expect(await page.getByLabel('Unlocked').isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied').waitFor()
    await page.getByLabel('Password for this key').fill('correct horse battery')
    const nsec = (await page.getByText(/^nsec1/).textContent())!
    await page.getByLabel('The last four characters').fill(nsec.slice(-4))
    await page.getByRole('button', { name: 'Make this node mine' }).click()
    await page.getByRole('button', { name: 'Skip' }).click()
    await page.getByRole('button', { name: 'Scan a code' }).click()
    await page.getByText('The browser gives the camera only to a secure address').waitFor()
    await page.keyboard.press('Escape')
    await page.reload()
    await page.getByRole('heading', { name: 'Your name' }).waitFor()
  })

  it('a browser that keeps nothing says so, and the page lives in its address', async () => {
    const nobodys = await startTestNode(cleanUp, { owner: null })
    const page = await browser.open(cleanUp, { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } })
    await page.addInitScript(() => {
      const withheld = () => {
        throw new DOMException('denied', 'SecurityError')
      }
      Object.defineProperty(globalThis, 'localStorage', { get: withheld })
      Object.defineProperty(globalThis, 'indexedDB', { get: () => undefined })
    })
    await page.goto(`${nobodys.node.clientOrigin}/k/${nobodys.node.claimToken()}/`)
    await page.getByRole('button', { name: 'I am new' }).click()
    const nsec = (await page.getByText(/^nsec1/).textContent())!
    await page.getByLabel('Password for this key').fill('correct horse battery')
    await page.getByLabel('The last four characters').fill(nsec.slice(-4))
    await page.getByRole('button', { name: 'Make this node mine' }).click()
    await page.getByText('This browser keeps nothing').waitFor()
    await page.getByLabel('Name').fill('Robin')
    await page.getByRole('button', { name: 'Save and go on' }).click()
    await page.getByRole('heading', { name: 'Whom to follow' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Your name' }).waitFor()
    expect(await page.getByLabel('Name').inputValue()).toBe('Robin')
  })

  it('people are found: seen on the network, by their npub, and by a code in front of the camera', async () => {
    const carol = await startTestNode(cleanUp, { owner: 'carol' })
    const { nobodys, page } = await arrive({ bootstraps: [carol.address] })
    await nobodys.waitFor('peer-connected')
    await page.evaluate(showToCamera, encodeQR(`nostrp2p:${npubOf(personFrom('dave').pubkey)}?b=x.example:1`, 'raw'))
    await claim(page)
    await page.getByRole('button', { name: 'Skip' }).click()
    await page.getByText('Connected to 1 other node.').waitFor()
    await carol.post({ kind: 0, content: JSON.stringify({ name: 'Carol', about: 'Rows at dawn.' }) })
    const carols = page.locator('.person-row', { hasText: 'Carol' })
    await carols.getByRole('button', { name: 'Choose' }).click()
    const field = page.getByLabel('npub, invitation or link')
    await field.fill(`https://node.example/#/person/${npubOf(bob.pubkey)}`)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await field.fill('nsec1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('That is a secret key. Never give it to anybody').waitFor()
    expect(await field.inputValue()).toBe('')
    await page.getByRole('button', { name: 'Scan a code' }).click()
    await page.getByRole('button', { name: 'Follow 3 and go on' }).waitFor()
    await page.getByText('Your invitation').click()
    await page.getByText(`nostrp2p:${npubOf(alice.pubkey)}`).waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Follow 3 and go on' }).click()
    await page.getByRole('heading', { name: 'Stay informed' }).waitFor()
    const [list] = await nobodys.client.req({ kinds: [3], authors: [alice.pubkey] })
    const followed = [carol.owner, bob, personFrom('dave')].map(({ pubkey }) => ['p', pubkey])
    expect(list).toMatchObject({ tags: followed })
  })
})

/** A camera that looks at a code. */
function showToCamera(rows: boolean[][]): void {
  const canvas = document.createElement('canvas')
  const scale = 8
  canvas.width = rows.length * scale
  canvas.height = rows.length * scale
  const context = canvas.getContext('2d')!
  const draw = () => {
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.fillStyle = '#000'
    for (const [y, row] of rows.entries()) {
      for (const [x, isDark] of row.entries()) if (isDark) context.fillRect(x * scale, y * scale, scale, scale)
    }
    requestAnimationFrame(draw)
  }
  draw()
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10)
}
