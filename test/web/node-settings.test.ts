/** The settings of the node in its page: set, refused, locked, taken back, and the restart under the page. */
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { npubOf } from '../../src/event/keys.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { temporaryDirectory } from '../support/test-node.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { type ServedProcess, type ServedProcessOptions, serveProcess } from './support/served-process.ts'

const cleanUp = useCleanUp()
const browser = useBrowser()
const OWNER = ['-p', npubOf(personFrom('oskar').pubkey)]

let dataDir: string
let port: number

beforeEach(async () => {
  dataDir = join(await temporaryDirectory(cleanUp), 'data')
  port = await freePortPair()
})

async function open(
  served: Partial<ServedProcessOptions> = {},
  context: BrowserContextOptions = {},
): Promise<{ node: ServedProcess; page: Page }> {
  const node = await serveProcess(cleanUp, { port, dataDir, flags: OWNER, ...served })
  const page = await browser.open(cleanUp, context)
  await page.goto(`${node.origin}/#/node/settings`)
  return { node, page }
}

const save = (page: Page) => page.getByRole('button', { name: 'Save the changes' })

describe('settings', () => {
  it('are taken at once or at the next start, which the page waits for', async () => {
    const { node, page } = await open()
    const events = page.getByRole('textbox', { name: 'How many posts and other entries to keep' })
    await events.fill('plenty')
    await save(page).click()
    await page.getByRole('alert').filter({ hasText: 'must be a whole number' }).waitFor()
    expect(await events.inputValue()).toBe('plenty')
    await expectNoViolations(page)

    await events.fill('300')
    await page.getByLabel('Who may read here').selectOption('People you have listed')
    await page.getByText('2 changes').waitFor()
    await save(page).click()
    await page.getByText('Something waits for the next start').waitFor()
    expect((await node.client.status()).store.maxEvents).toBe(300)
    expect((await node.client.status()).relay.reads).toBe('owner')

    await page.getByRole('button', { name: 'Restart now' }).click()
    await page.getByText('The node is back, with these settings.').waitFor()
    expect((await node.client.status()).relay.reads).toBe('listed')
    expect(await page.getByText('Something waits for the next start').count()).toBe(0)

    await page.getByRole('button', { name: 'Back to the default: How many posts and other entries to keep' }).click()
    await save(page).click()
    await save(page).waitFor({ state: 'detached' })
    expect((await node.client.status()).store.maxEvents).toBe(102_400)
    await page.getByRole('link', { name: 'Overview' }).click()
    await page.getByText('You and the people you have listed can read here.').waitFor()
  })

  it('has ways into the network as a list, each to be taken off', async () => {
    const { node, page } = await open()
    const name = 'Nodes to join the network through'
    await page.getByRole('textbox', { name: `Add to: ${name}` }).fill('127.0.0.1:1')
    await page.getByRole('textbox', { name: `Add to: ${name}` }).press('Enter')
    await page.getByRole('list', { name }).getByText('127.0.0.1:1').waitFor()
    await save(page).click()
    await save(page).waitFor({ state: 'detached' })
    expect((await node.client.status()).overlay.bootstraps).toMatchObject([{ address: '/ip4/127.0.0.1/tcp/1' }])
    await page.getByRole('button', { name: 'Remove 127.0.0.1:1' }).click()
    await page.getByRole('button', { name: `Undo the change: ${name}` }).click()
    await page.getByRole('button', { name: 'Remove 127.0.0.1:1' }).click()
    await save(page).click()
    await save(page).waitFor({ state: 'detached' })
    expect((await node.client.status()).overlay.bootstraps).toEqual([])
  })

  it('that the command line or the environment has given are locked, and say why', async () => {
    const { page } = await open(
      { env: { NOSTRP2P_RELAY_POW: '5' } },
      { viewport: PHONE, locale: 'ja-JP', colorScheme: 'dark' },
    )
    const listen = page.getByLabel('ほかのノードを受け入れる場所')
    expect(await listen.inputValue()).toBe(`127.0.0.1:${port}`)
    expect(await listen.getAttribute('readonly')).not.toBeNull()
    expect(await page.getByLabel('ゲストに求める作業証明').getAttribute('readonly')).not.toBeNull()
    expect(await page.getByLabel('同じネットワークのノードを探す').isDisabled()).toBe(true)
    await page.getByText('環境変数（NOSTRP2P_…）で指定').waitFor()
    expect(await page.getByText('起動時のコマンドラインで指定されていて').count()).toBeGreaterThan(2)
    await expectNoViolations(page)
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    expect(isWide).toBe(false)
  })

  it('with which the node does not start are given up, and the page says why', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    cleanUp.add(() => new Promise(resolve => taken.close(resolve)))
    await new Promise(resolve => taken.once('listening', resolve))
    const { port: takenPort } = taken.address() as { port: number }
    await mkdir(dataDir, { mode: 0o700 })
    const settings = { 'listen-addr-port': `127.0.0.1:${port}` }
    await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ settings }))
    const { page } = await open({ listens: false })
    const listen = page.getByRole('textbox', { name: 'Where other nodes reach this one' })
    await listen.fill(`127.0.0.1:${takenPort}`)
    await save(page).click()
    await page.getByText(`After the restart this page stands at http://127.0.0.1:${takenPort + 1}.`).waitFor()
    await page.getByRole('button', { name: 'Restart now' }).click()
    await page.getByText('The node is back, but with the settings before:').waitFor()
    await page.getByText(`Port ${takenPort} is already used`).waitFor()
    expect(await listen.inputValue()).toBe(`127.0.0.1:${port}`)
    await expectNoViolations(page)
  })
})

describe('the lists of guests', () => {
  it('are a page of the node that opens with the code of this device', async () => {
    const node = await serveProcess(cleanUp, { port, dataDir, flags: OWNER })
    const page = await browser.open(cleanUp, { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } })
    await page.goto(`${node.clientUrl}/#/node`)
    await page.getByRole('link', { name: 'Lists and bans' }).click()
    await page.getByRole('heading', { name: 'Your relay' }).waitFor()
    await page.getByRole('link', { name: 'Your node' }).click()
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
  })
})
