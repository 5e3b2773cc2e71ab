/**
 * Pictures of every page, in both sizes and themes, for people to look at: `npm run screenshots [directory]`. Real nodes,
 * a real Chromium.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { createCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { PHONE, WIDE } from './support/browser.ts'
import { launchChromium } from './support/chromium.ts'
import { FIRST_MINUTE } from './support/first-minute-views.ts'
import { setup } from './support/global-setup.ts'
import { HOUSE_VIEWS } from './support/house-views.ts'
import { NODE_VIEWS } from './support/node-views.ts'
import { buildSmallTown, type SmallTown } from './support/small-town.ts'

const SIZES = { phone: PHONE, tablet: { width: 768, height: 1_024 }, wide: WIDE }
const THEMES = ['light', 'dark'] as const

/** Name → how to get there. */
const VIEWS: Readonly<Record<string, (page: Page, town: SmallTown) => Promise<unknown>>> = {
  home: page => show(page, '#/home', 'Rain all day.'),
  everybody: page => show(page, '#/everybody', 'Rain all day.'),
  async thread(page) {
    await show(page, '#/everybody', 'First bread')
    await page.getByRole('article').filter({ hasText: 'First bread' }).locator('time').click()
    await page.getByText('Forty minutes').waitFor()
  },
  ...NODE_VIEWS,
  ...HOUSE_VIEWS,
}

/** An unclaimed node beside the others, from its first view to the last step. */
async function pictureFirstMinute(
  browser: Browser,
  town: SmallTown,
  look: BrowserContextOptions,
  take: (page: Page, name: string) => Promise<unknown>,
): Promise<void> {
  const cleanUp = createCleanUp()
  try {
    const nobodys = await startTestNode(cleanUp, { owner: null, bootstraps: [town.alice.address] })
    const context = await browser.newContext({ ...look, locale: 'en-GB' })
    cleanUp.add(() => context.close())
    const page = await context.newPage()
    await page.goto(`${nobodys.node.clientOrigin}/k/${nobodys.node.claimToken()}/`)
    for (const [name, arrive] of Object.entries(FIRST_MINUTE)) {
      await arrive(page)
      await take(page, name)
    }
  } finally {
    await cleanUp.run()
  }
}

async function show(page: Page, hash: string, text: string): Promise<void> {
  await page.evaluate(to => location.assign(to), hash)
  await page.getByText(text).first().waitFor()
}

async function main(): Promise<void> {
  const directory = resolve(process.argv[2] ?? 'screenshots')
  mkdirSync(directory, { recursive: true })
  await setup()
  const cleanUp = createCleanUp()
  try {
    const town = await buildSmallTown(cleanUp)
    const browser = await launchChromium()
    cleanUp.add(() => browser.close())
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of THEMES) {
        const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB' })
        const page = await context.newPage()
        await page.goto(`${town.alice.node.clientOrigin}/`)
        for (const [name, arrive] of Object.entries(VIEWS)) {
          await arrive(page, town)
          await page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}.png`) })
        }
        await context.close()
        await pictureFirstMinute(browser, town, { viewport, colorScheme }, (page, name) =>
          page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}.png`), fullPage: true }),
        )
      }
    }
  } finally {
    await cleanUp.run()
  }
  console.log(`pictures are in ${directory}`)
  process.exit()
}

await main()
