/**
 * Pictures of every page, in both sizes and themes, for people to look at: `npm run screenshots [directory]`. Real nodes,
 * a real Chromium.
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { npubOf } from '../../src/event/npub.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { pictureAway } from './support/away-views.ts'
import { PHONE, WIDE } from './support/browser.ts'
import { launchChromium } from './support/chromium.ts'
import { FIRST_MINUTE } from './support/first-minute-views.ts'
import { setup } from './support/global-setup.ts'
import { hostileTown } from './support/hostile-town.ts'
import { HOUSE_VIEWS } from './support/house-views.ts'
import { NODE_VIEWS } from './support/node-views.ts'
import { buildSmallTown, type SmallTown } from './support/small-town.ts'

const SIZES = { phone: PHONE, tablet: { width: 768, height: 1_024 }, wide: WIDE }
const THEMES = ['light', 'dark'] as const
/** Views that are found by their address alone. */
const ADDRESSES = ['people', 'notices', 'me', 'bookmarks', 'search/rain', 'tag/bread', 'node/settings']
/** The same, and those that have other names in Japanese. */
const JAPANESE = ['home', 'everybody', ...ADDRESSES, 'node', 'node/log', 'settings/', ...settingsParts()]
const JAPANESE_LOOKS = [
  ['phone', 'light'],
  ['wide', 'dark'],
] as const

/** Name → how to get there. */
const VIEWS: Readonly<Record<string, (page: Page, town: SmallTown) => Promise<unknown>>> = {
  home: page => show(page, '#/home', 'Rain all day.'),
  everybody: page => show(page, '#/everybody', 'Rain all day.'),
  async thread(page) {
    await show(page, '#/everybody', 'First bread')
    await page.getByRole('article').filter({ hasText: 'First bread' }).locator('time').click()
    await page.getByText('Forty minutes').waitFor()
  },
  async reply(page) {
    await show(page, '#/everybody', 'First bread')
    await page.getByRole('article').filter({ hasText: 'First bread' }).getByRole('button', { name: 'Reply' }).click()
    await page.getByText(/^Only Bob/).waitFor()
  },
  async 'post-menu'(page) {
    await page.keyboard.press('Escape')
    await page.getByRole('article').filter({ hasText: 'First bread' }).getByRole('button', { name: 'More' }).click()
    await page.getByText('Mute this conversation').waitFor()
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

function settingsParts(): string[] {
  return Object.keys(HOUSE_VIEWS)
    .flatMap(name => /^settings-(\w+)$/.exec(name)?.[1] ?? [])
    .map(part => `settings/${part}`)
}

/** Each goes to another view, whose heading takes the focus, and draws what it has. */
async function pictureAddresses(
  page: Page,
  addresses: readonly string[],
  take: (name: string) => Promise<unknown>,
): Promise<void> {
  for (const address of addresses) {
    await page.evaluate(to => {
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
      location.assign(to)
    }, `#/${address}`)
    await page.locator('[data-view-title]:focus').waitFor()
    await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => {})
    await take(address.replace(/\W+$/, '').replaceAll('/', '-'))
  }
}

/** Posts of people who mean harm, from the first to the last, a screen each. */
async function pictureHostile(browser: Browser, directory: string): Promise<void> {
  const cleanUp = createCleanUp()
  try {
    const { node, authors } = await hostileTown(cleanUp)
    const context = await browser.newContext({ viewport: PHONE, colorScheme: 'light', locale: 'en-GB' })
    cleanUp.add(() => context.close())
    const page = await context.newPage()
    await page.goto(`${node.node.clientOrigin}/#/everybody`)
    await page.getByRole('article').first().waitFor()
    for (let screen = 1; screen <= HOSTILE_SCREENS; screen++) {
      await page.screenshot({ path: join(directory, `hostile-phone-light-${screen}.png`) })
      await page.evaluate(() => {
        scrollBy(0, innerHeight * 0.85)
        return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
      })
    }
    for (const [place, pubkey] of authors.entries()) {
      await page.evaluate(to => location.assign(to), `#/person/${npubOf(pubkey)}`)
      await page.getByText(npubOf(pubkey)).waitFor()
      await page.screenshot({ path: join(directory, `hostile-person-phone-light-${place + 1}.png`) })
    }
  } finally {
    await cleanUp.run()
  }
}

const HOSTILE_SCREENS = 24

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
        await page.keyboard.press('Escape')
        await pictureAddresses(page, ADDRESSES, name =>
          page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}.png`) }),
        )
        await context.close()
        await pictureAway(browser, { viewport, colorScheme, locale: 'en-GB' }, (page, name) =>
          page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}.png`) }),
        )
        await pictureFirstMinute(browser, town, { viewport, colorScheme }, (page, name) =>
          page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}.png`), fullPage: true }),
        )
      }
    }
    for (const [size, colorScheme] of JAPANESE_LOOKS) {
      const context = await browser.newContext({ viewport: SIZES[size], colorScheme, locale: 'ja-JP' })
      const page = await context.newPage()
      await page.goto(`${town.alice.node.clientOrigin}/#/people`)
      await page.getByRole('heading', { name: 'ユーザー' }).waitFor()
      await pictureAddresses(page, JAPANESE, name =>
        page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}-ja.png`), fullPage: true }),
      )
      await context.close()
      await pictureAway(browser, { viewport: SIZES[size], colorScheme, locale: 'ja-JP' }, (page, name) =>
        page.screenshot({ path: join(directory, `${name}-${size}-${colorScheme}-ja.png`) }),
      )
    }
    await pictureHostile(browser, directory)
  } finally {
    await cleanUp.run()
  }
  console.log(`pictures are in ${directory}`)
  process.exit()
}

await main()
