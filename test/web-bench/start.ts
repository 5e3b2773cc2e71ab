/** How soon the first posts stand on the screen, and how much script that took. */
import type { BrowserContext, Page } from 'playwright-core'
import { goalAtMost, type Row, type Table } from '../bench/table.ts'
import { setStage } from './stage.ts'

const POSTS = 2_000
const SLOWED = 4
const PHONE = { width: 360, height: 740 }

interface Painted {
  readonly ms: number
  /** Bytes of scripts as they were sent, up to then. */
  readonly scriptBytes: number
  readonly scripts: number
}

export const start: Table = {
  name: 'web-start',
  title: 'The page opened: first timeline painted',
  how: `A node with ${POSTS} posts on the same machine, Chromium with its CPU slowed ${SLOWED} times, 360 × 740; from the start of the navigation to the paint of the first posts; the median. Cold: nothing of it in the browser. Warm: opened again.`,
  async measure(run) {
    const stage = await setStage(run, POSTS)
    const rounds = run.quick ? 2 : 7
    const cold: Painted[] = []
    const warm: Painted[] = []
    for (let round = 0; round < rounds; round++) {
      run.progress(`round ${round + 1} of ${rounds}`)
      const context = await stage.browser.newContext({ viewport: PHONE })
      cold.push(await open(context, stage.origin))
      warm.push(await open(context, stage.origin))
      await context.close()
    }
    await stage.close()
    const rows: Row[] = [
      { what: 'scripts for the first screen, gzip', value: cold[0]!.scriptBytes, unit: 'B', bound: goalAtMost(90_000) },
      { what: 'scripts for the first screen, files', value: cold[0]!.scripts, unit: '' },
      { what: 'cold', value: median(cold), unit: 'ms', bound: goalAtMost(1_500) },
      { what: 'warm', value: median(warm), unit: 'ms', bound: goalAtMost(500) },
    ]
    return rows
  },
}

/** Opens the page, and leaves when it has kept itself for the next time. */
async function open(context: BrowserContext, origin: string): Promise<Painted> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED })
  await page.goto(`${origin}/`, { waitUntil: 'commit' })
  const painted = await paintedIn(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.waitForFunction(async () => (await caches.keys()).length > 0)
  await page.waitForFunction(() => performance.now() > 3_000)
  await page.close()
  return painted
}

async function paintedIn(page: Page): Promise<Painted> {
  await page.waitForFunction(() => performance.getEntriesByName('timeline').length > 0)
  return page.evaluate(() => {
    const ms = performance.getEntriesByName('timeline')[0]!.startTime
    const files = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    const scripts = files.filter(({ name, startTime }) => name.endsWith('.js') && startTime < ms)
    return { ms, scriptBytes: scripts.reduce((sum, file) => sum + file.encodedBodySize, 0), scripts: scripts.length }
  })
}

function median(values: readonly Painted[]): number {
  return values.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
