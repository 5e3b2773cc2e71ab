/** A real Chromium for tests: one a file, a fresh context (no storage, no cache) for each test. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import type { CleanUp } from '../../support/clean-up.ts'
import { launchChromium } from './chromium.ts'

/** Sizes that are looked at: a phone, and a wide screen. */
export const PHONE = { width: 360, height: 740 }
export const WIDE = { width: 1_440, height: 900 }

export interface TestBrowser {
  /** A page with storage of its own; what it says on the console as an error fails the test at its end. */
  open(cleanUp: CleanUp, options?: BrowserContextOptions): Promise<Page>
}

/** Starts Chromium before the tests of the file and ends it behind them. */
export function useBrowser(): TestBrowser {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  }, 60_000)
  afterAll(() => browser?.close())
  return {
    async open(cleanUp, options = {}) {
      const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB', ...options })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('pageerror', error => faults.push(error.message))
      cleanUp.add(async () => {
        await context.close()
        if (faults.length > 0) throw new Error(`the page threw: ${faults.join('; ')}`)
      })
      page.setDefaultTimeout(15_000)
      return page
    },
  }
}
