/** The page as a folder on a host of files, which sends no headers of its own and knows no node (away.md, D6). */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Pairing } from '../../src/wire/away.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { startHomeNode, startPublicNode } from './support/away-stage.ts'
import { useBrowser } from './support/browser.ts'
import { startStaticHost } from './support/static-host.ts'

const BUILT = join(import.meta.dirname, '../../dist/web')
const FOLDER = '/some/where/'

const cleanUp = useCleanUp()
const browser = useBrowser()

it('D6.1, D6.2: stands in any folder, keeps itself for later, and is held to its policy by itself', async () => {
  const { url } = await startStaticHost(cleanUp, FOLDER)
  const page = await browser.open(cleanUp)
  await page.goto(url)
  await page.locator('#app > *').first().waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  const refused = await page.evaluate(() => {
    const named = (what: () => unknown) => {
      try {
        what()
        return 'done'
      } catch (error) {
        return (error as Error).name
      }
    }
    const written = named(() => {
      document.createElement('p').innerHTML = '<b>text</b>'
    })
    const script = document.createElement('script')
    named(() => {
      script.textContent = 'globalThis.wasHere = true'
      document.head.append(script)
    })
    return { written, wasHere: 'wasHere' in globalThis }
  })
  expect(refused).toMatchObject({ written: 'TypeError', wasHere: false })
  const files = JSON.parse(await readFile(join(BUILT, 'files.json'), 'utf8'))
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'))
  expect(files).toMatchObject({ program: version, version: expect.stringMatching(/^[0-9a-f]{16}$/) })
})

it('D5.1, D6.2: may ask a node elsewhere where another one is, and what page it has', async () => {
  const node = await startTestNode(cleanUp, { owner: 'alice', servePage: 'on' })
  const page = await browser.open(cleanUp)
  await page.goto((await startStaticHost(cleanUp, FOLDER)).url)
  const [version, where] = await page.evaluate(
    async ([origin, id]) => {
      const version = await (await fetch(`${origin}/version`)).json()
      const where = await fetch(`${origin}/where/${id}`)
      return [version, (await where.arrayBuffer()).byteLength] as const
    },
    [node.node.clientOrigin, node.node.peerId] as const,
  )
  const files = JSON.parse(await readFile(join(BUILT, 'files.json'), 'utf8'))
  expect(version).toMatchObject({ node: node.node.peerId, page: files.version, isPublicPage: true })
  expect(where).toBeGreaterThan(100)
})

it('D3.1, D6.2: finds and pairs with a node at home by WebRTC-direct alone, as from an https: address', {
  timeout: 60_000,
}, async () => {
  const rita = await startPublicNode(cleanUp, 'rita')
  const home = await startHomeNode(cleanUp, 'alice', rita)
  await home.post({ content: 'written at home' })
  const page = await browser.open(cleanUp)
  await page.addInitScript(() => {
    globalThis.WebSocket = class {
      constructor() {
        throw new Error('not from a secure page')
      }
    } as unknown as typeof WebSocket
  })
  // To Chromium `localhost` is a secure origin.
  const address = (await startStaticHost(cleanUp, FOLDER)).url.replace('127.0.0.1', 'localhost')
  const body = JSON.stringify({ page: address })
  const asked = await fetch(`${home.node.clientOrigin}/pairing`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json' },
  })
  const { url } = (await asked.json()) as Pairing
  await page.goto(url!)
  await page.getByLabel('Name of this device').fill('Phone')
  await page.getByRole('button', { name: 'Pair' }).click()
  await page.getByText('written at home').waitFor()
  expect((await rita.node.status()).counters['doors:let in']).toBe(1)
})
