/** A long timeline, read to its end. */
import type { CDPSession, Page } from 'playwright-core'
import { goalAtMost, type Table } from '../bench/table.ts'
import { setStage } from './stage.ts'

const POSTS = 20_000
const QUICK_POSTS = 3_000
/** A fast flick, in each frame. */
const STEP_PIXELS = 1_000
const WIDE = { width: 1_440, height: 900 }

export const scroll: Table = {
  name: 'web-scroll',
  title: '20,000 posts scrolled to the end',
  how: `All of them by people one follows; fetched from the node a page at a time as the end comes near; ${STEP_PIXELS} px in each frame, CPU not slowed. Heap after a collection.`,
  async measure(run) {
    const posts = run.quick ? QUICK_POSTS : POSTS
    const stage = await setStage(run, posts)
    const context = await stage.browser.newContext({ viewport: WIDE })
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await page.goto(`${stage.origin}/`)
    await page.getByRole('article').first().waitFor()
    const before = await weigh(page, session)
    run.progress('scrolling')
    const { frames, seen, end } = await toTheEnd(page, posts)
    const after = await weigh(page, session)
    await stage.close()
    frames.sort((a, b) => a - b)
    return [
      { what: 'posts drawn on the way', value: seen, unit: '' },
      { what: 'frames', value: frames.length, unit: '' },
      { what: 'the median frame', value: frames[Math.floor(frames.length / 2)]!, unit: 'ms' },
      { what: '99 of 100 frames', value: frames[Math.floor(frames.length * 0.99)]!, unit: 'ms' },
      { what: 'the longest frame', value: frames.at(-1)!, unit: 'ms', bound: goalAtMost(50) },
      { what: 'frames over 50 ms', value: frames.filter(ms => ms > 50).length, unit: '', bound: goalAtMost(0) },
      { what: 'heap at the beginning', value: before.heapMiB, unit: 'MiB' },
      { what: 'heap at the end', value: after.heapMiB, unit: 'MiB' },
      { what: 'elements at the beginning', value: before.nodes, unit: '' },
      { what: 'elements at the end', value: after.nodes, unit: '' },
      { what: 'heap for each post', value: ((after.heapMiB - before.heapMiB) * 1024) / end, unit: 'KiB' },
    ]
  },
}

function toTheEnd(page: Page, posts: number) {
  return page.evaluate(
    ({ posts, step }) =>
      new Promise<{ frames: number[]; seen: number; end: number }>(resolve => {
        const frames: number[] = []
        const seen = new Set<string>()
        let last = performance.now()
        let still = 0
        const next = (now: number) => {
          frames.push(now - last)
          last = now
          for (const { id } of document.querySelectorAll('.post-author')) seen.add(id)
          const height = document.scrollingElement!.scrollHeight
          still = scrollY + innerHeight >= height - 2 ? still + 1 : 0
          if (still > 240) resolve({ frames: frames.slice(2), seen: seen.size, end: posts })
          else {
            scrollBy(0, step)
            requestAnimationFrame(next)
          }
        }
        requestAnimationFrame(next)
      }),
    { posts, step: STEP_PIXELS },
  )
}

async function weigh(page: Page, session: CDPSession) {
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const nodes = await page.evaluate(() => document.querySelectorAll('*').length)
  return { heapMiB: usedSize / 1024 ** 2, nodes }
}
