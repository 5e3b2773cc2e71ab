/** The views of pairing and of being away, for the pictures (test/web/screenshots.ts): found without words, in any language. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createCleanUp } from '../../support/clean-up.ts'
import { startTestNode } from '../../support/test-node.ts'
import { startStaticHost } from './static-host.ts'

/** From the code on one device to the timeline on another one, until that is shut out. */
export async function pictureAway(
  browser: Browser,
  look: BrowserContextOptions,
  take: (page: Page, name: string) => Promise<unknown>,
): Promise<void> {
  const cleanUp = createCleanUp()
  try {
    const alice = await startTestNode(cleanUp, { owner: 'alice', browsers: { when: 'on', port: 0 } })
    await alice.post({ content: 'Written at home.' })
    const host = await startStaticHost(cleanUp)
    async function open(url: string): Promise<Page> {
      const context = await browser.newContext(look)
      cleanUp.add(() => context.close())
      const page = await context.newPage()
      await page.goto(url)
      return page
    }
    const submit = (page: Page) => page.locator('main form button[type=submit]').click()

    const desk = await open(`${alice.node.clientOrigin}/k/${alice.node.token}/#/settings/devices`)
    await desk.locator('.lines').waitFor()
    await desk.locator('.settings-part .button.main').click()
    await desk.locator('.qr').waitFor()
    await take(desk, 'away-code')
    const code = (await desk.locator('.pairing-code').textContent())!

    const phone = await open(host.url)
    await phone.locator('main form input').fill('nostrp2p:pair/')
    await take(phone, 'away-start')
    await submit(phone)
    await phone.locator('[role=alert]:not(:empty)').waitFor()
    await take(phone, 'away-no-code')
    await phone.locator('main form input').fill(code)
    await submit(phone)
    await phone.locator('.pair-owner').waitFor()
    await take(phone, 'away-pair')
    await submit(phone)
    await phone.getByText('Written at home.').waitFor()
    await take(phone, 'away-home')
    await phone.evaluate(() => location.assign('#/node'))
    await phone.locator('.facts').waitFor()
    await take(phone, 'away-node')
    await phone.evaluate(() => location.assign('#/settings/devices'))
    await phone.locator('.lines').waitFor()
    await take(phone, 'away-devices')

    const late = await open(`${host.url}#/pair/${code.replace(/^.*\//, '')}`)
    await submit(late)
    await late.locator('[role=alert].trouble:not(:empty)').waitFor()
    await take(late, 'away-used')

    const { devices } = (await (await alice.client.send('/devices')).json()) as { devices: { id: string }[] }
    await alice.client.send(`/devices/${devices.at(-1)!.id}`, { method: 'DELETE' })
    await phone.locator('main.sheet').waitFor()
    await take(phone, 'away-shut-out')
  } finally {
    await cleanUp.run()
  }
}
