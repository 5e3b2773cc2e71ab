/**
 * Pictures of every page, in both sizes and themes, for people to look at: `npm run screenshots [directory]`. Real nodes,
 * a real Chromium.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { createCleanUp } from '../support/clean-up.ts'
import { launchChromium, PHONE, WIDE } from './support/browser.ts'
import { setup } from './support/global-setup.ts'
import { buildSmallTown, type SmallTown } from './support/small-town.ts'

const SIZES = { phone: PHONE, tablet: { width: 768, height: 1_024 }, wide: WIDE }
const THEMES = ['light', 'dark'] as const

/** Name → how to get there. */
const VIEWS: Readonly<Record<string, (page: Page, town: SmallTown) => Promise<void>>> = {
  home: page => show(page, '#/home', 'Rain all day.'),
  everybody: page => show(page, '#/everybody', 'Rain all day.'),
  async thread(page) {
    await show(page, '#/everybody', 'First bread')
    await page.getByRole('article').filter({ hasText: 'First bread' }).locator('time').click()
    await page.getByText('Forty minutes').waitFor()
  },
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
      }
    }
  } finally {
    await cleanUp.run()
  }
  console.log(`pictures are in ${directory}`)
  process.exit()
}

await main()
