/** Earlier posts: all of them, also where one second has more than a page, and where one stood below a gap. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { importEvents } from './support/import-events.ts'

const friend = personFrom('a friend')
const SECOND = Math.floor(Date.now() / 1000) - 7_200

describe('earlier posts', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('are reached, all of 250 of one second and what is before it', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ kind: 3, content: '', tags: [['p', friend.pubkey]] })
    const at = (content: string, created_at: number) => signedEvent(friend, { content, created_at })
    const before = Array.from({ length: 20 }, (_, i) => at(`before ${i}.`, SECOND - 100 - i))
    const same = Array.from({ length: 250 }, (_, i) => at(`same ${i}.`, SECOND))
    const after = Array.from({ length: 320 }, (_, i) => at(`after ${i}.`, SECOND + 1 + i))
    // The page begins with the 300 that came last.
    await importEvents(alice, [...before, ...same, ...after])
    const page = await browser.open(cleanUp, { viewport: PHONE })
    const asked: string[] = []
    page.on('request', request => {
      const body = request.postData() ?? ''
      if (body.includes('"limit"') && !body.includes('"cursor"') && body.includes('"kinds":[1')) asked.push(body)
    })
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByRole('article').first().waitFor()
    expect(await readToTheEnd(page)).toEqual([...before, ...same, ...after].map(({ content }) => content).sort())
    // 300 are passed over in two or three steps; nothing is asked for again and again.
    expect(asked.length).toBeLessThan(12)
    expect(new Set(asked).size).toBe(asked.length)
    expect(await page.getByRole('button', { name: /new$/ }).count(), 'what is earlier is no news').toBe(0)
  }, 90_000)
})

/** Turns the wheel until it is said that there is no more; what was seen on the way. */
async function readToTheEnd(page: Page): Promise<string[]> {
  const seen = new Set<string>()
  await page.mouse.move(180, 300)
  await until(
    'the end',
    async () => {
      const texts = await page.locator('[data-post]').allInnerTexts()
      for (const text of texts) for (const [found] of text.matchAll(/(before|same|after) \d+\./g)) seen.add(found)
      await page.mouse.wheel(0, 600)
      return await page.evaluate(
        () =>
          document.querySelector('.feed-end')?.textContent !== '' &&
          scrollY + innerHeight >= document.body.scrollHeight - 5,
      )
    },
    60_000,
  )
  return [...seen].sort()
}
