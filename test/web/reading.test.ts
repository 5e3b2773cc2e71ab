/** Reading: the place is found again, nothing moves under the reader, what is new is told, and it comes at once. */
import type { Page, WebSocket } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { type CleanUp, useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { importEvents } from './support/import-events.ts'

const friend = personFrom('a friend')

describe('reading', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('finds the place again after a look at a conversation and after a reload, whatever came meanwhile', async () => {
    const alice = await nodeWithPosts(cleanUp, 150)
    const page = await browser.open(cleanUp, { viewport: PHONE })
    await page.goto(`${alice.node.clientOrigin}/`)
    await article(page, 'post 149').waitFor()
    await scrollTo(page, 'post 100')
    const before = await topOf(page, 'post 100')

    await article(page, 'post 100').locator('time').click()
    await page.getByRole('heading', { name: 'Conversation' }).waitFor()
    expect(await page.evaluate(() => scrollY), 'a view begins at its top').toBe(0)
    await page.goBack()
    await settles(page, 'post 100', before)

    await importEvents(alice, [friendsPost('something new', 1)])
    await pull(page)
    await page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await topOf(page, 'post 100'), 'what is new moves nothing').toBeCloseTo(before, 0)
    await alice.post({ content: 'by my other device' })
    await pull(page)
    await settles(page, 'post 100', before)

    await page.reload()
    await settles(page, 'post 100', before)
    await importEvents(alice, [friendsPost('newer still', 5)])
    await pull(page)
    // What was not looked at before may be told first.
    await until('the newest post', async () => {
      const bar = page.getByRole('button', { name: /^[12] new$/ })
      if (await bar.isVisible()) await bar.click()
      return article(page, 'newer still').isVisible()
    })
    await standsStill(page)
    expect(await page.evaluate(() => scrollY), 'what is new is looked at from the top').toBe(0)
    await article(page, 'by my other device').waitFor()
    await expectNoViolations(page)
  }, 60_000)

  it('tells what is new since the last time', async () => {
    const alice = await nodeWithPosts(cleanUp, 30)
    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/`)
    await article(page, 'post 29').waitFor()
    expect(await page.getByText('You have seen what follows.').count()).toBe(0)
    // What is seen is on the device before the page goes.
    await until('the note of what was seen', () => keptSeen(page))
    await page.goto('about:blank')
    await importEvents(alice, [friendsPost('news of the day', 2)])
    await page.goto(`${alice.node.clientOrigin}/`)
    const bar = page.getByRole('button', { name: '1 new' })
    await bar.click()
    await article(page, 'news of the day').waitFor()
    const line = page.getByText('You have seen what follows.')
    await line.waitFor()
    const [above, between, below] = await Promise.all([
      topOf(page, 'news of the day'),
      line.evaluate(element => element.getBoundingClientRect().top),
      topOf(page, 'post 29'),
    ])
    expect(above).toBeLessThan(between)
    expect(between).toBeLessThan(below)
  }, 60_000)

  it('gets what is new at once while somebody looks, by no clock, and lets the node alone when nobody does', async () => {
    const alice = await nodeWithPosts(cleanUp, 3)
    const page = await browser.open(cleanUp)
    const sockets: WebSocket[] = []
    const subscribed = new Promise(resolve => {
      page.on('websocket', socket => {
        sockets.push(socket)
        socket.on('framereceived', ({ payload }) => payload.includes('EOSE') && resolve(true))
      })
    })
    // The pull that comes every ten seconds never comes.
    await page.addInitScript(() => {
      const set = globalThis.setTimeout
      Object.assign(globalThis, {
        setTimeout: (work: () => void, ms = 0) => (ms >= 9_000 && ms <= 70_000 ? 0 : set(work, ms)),
      })
    })
    await page.goto(`${alice.node.clientOrigin}/k/${alice.node.token}/`)
    await article(page, 'post 2').waitFor()
    const first = await until('the socket', () => sockets[0])
    expect(new URL(first.url()).pathname).toBe(`/k/${alice.node.token}/`)
    await subscribed
    await importEvents(alice, [friendsPost('just now', 3)])
    await page.getByRole('button', { name: '1 new' }).click()
    await article(page, 'just now').waitFor()

    const isClosed = new Promise(resolve => first.on('close', resolve))
    await look(page, 'hidden')
    await isClosed
    await look(page, 'visible')
    await until('another socket', () => sockets[1])
  }, 60_000)

  it('counts the notices that were not looked at, in the navigation and in the title', async () => {
    const alice = await nodeWithPosts(cleanUp, 1)
    const own = await alice.post({ content: 'a question' })
    const page = await browser.open(cleanUp, { viewport: PHONE })
    await page.goto(`${alice.node.clientOrigin}/`)
    await article(page, 'a question').waitFor()
    const tags = [
      ['e', own.id, '', 'root'],
      ['p', alice.owner.pubkey],
    ]
    await importEvents(alice, [signedEvent(friend, { created_at: now(), content: 'an answer', tags })])
    await pull(page)
    await page.getByRole('link', { name: 'Notices 1 new notices' }).waitFor()
    await expect.poll(() => page.title()).toBe('(1) Home · nostrp2p')
    await expectNoViolations(page)
    await page.getByRole('link', { name: 'Notices' }).click()
    await article(page, 'an answer').waitFor()
    await page.getByRole('link', { name: 'Notices', exact: true }).waitFor()
    await expect.poll(() => page.title()).toBe('Notices · nostrp2p')
    await until('the note of what was seen', () => keptSeen(page))
    await page.reload()
    await article(page, 'an answer').waitFor()
    await expect.poll(() => page.title()).toBe('Notices · nostrp2p')
  }, 60_000)

  it('opens a conversation of 500 answers at the post that was asked for', async () => {
    const alice = await nodeWithPosts(cleanUp, 1)
    const root = friendsPost('the beginning', 0)
    const answers: NostrEvent[] = []
    for (let i = 0; i < 500; i++) {
      // Half of them one below the other, half of them side by side.
      const to = i % 2 === 0 ? (answers.at(-2) ?? root) : root
      const tags = [
        ['e', root.id, '', 'root'],
        ['e', to.id, '', 'reply'],
      ]
      answers.push(signedEvent(friend, { created_at: now() - 1_000 + i, content: `answer ${i}.`, tags }))
    }
    await importEvents(alice, [root, ...answers])
    const page = await browser.open(cleanUp, { viewport: PHONE })
    await page.goto(`${alice.node.clientOrigin}/#/thread/${answers[300]!.id}`)
    await until('the post in sight', async () => {
      const top = await topOf(page, 'answer 300.')
      return top > 0 && top < PHONE.height / 2
    })
    expect(await page.getByRole('article').count(), 'only what is in sight is in the document').toBeLessThan(60)
    const { scrollWidth, clientWidth } = await page.evaluate(() => document.scrollingElement!)
    expect(scrollWidth).toBe(clientWidth)
    await expectNoViolations(page)
  }, 60_000)
})

function now(): number {
  return Math.floor(Date.now() / 1000)
}

function friendsPost(content: string, inSeconds: number): NostrEvent {
  return signedEvent(friend, { content, created_at: now() + inSeconds })
}

/** Alice follows a friend who has written so many posts, a minute apart; the last one an hour ago. */
async function nodeWithPosts(cleanUp: CleanUp, count: number): Promise<TestNode> {
  const alice = await startTestNode(cleanUp, { owner: 'alice' })
  await alice.post({ kind: 3, content: '', tags: [['p', friend.pubkey]] })
  const start = now() - 3_600 - count * 60
  const posts = Array.from({ length: count }, (_, i) =>
    signedEvent(friend, {
      created_at: start + i * 60,
      content: `post ${i}${i % 7 === 0 ? '\nand more\nof it'.repeat(4) : ''}`,
    }),
  )
  await importEvents(alice, posts)
  return alice
}

function article(page: Page, text: string) {
  return page.getByRole('article').filter({ hasText: text }).first()
}

function topOf(page: Page, text: string): Promise<number> {
  return article(page, text).evaluate(element => element.getBoundingClientRect().top)
}

/** Turns the wheel, as a reader does, until the post is in sight. */
async function scrollTo(page: Page, text: string): Promise<void> {
  await page.mouse.move(180, 300)
  await until(`${text} in sight`, async () => {
    if (await article(page, text).isVisible()) {
      const top = await topOf(page, text)
      if (top > 100 && top < 500) return true
    }
    await page.mouse.wheel(0, 250)
    return false
  })
  await standsStill(page)
}

/** No scrolling for some frames. */
function standsStill(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>(resolve => {
        let last = scrollY
        let still = 0
        const look = () => {
          still = scrollY === last ? still + 1 : 0
          last = scrollY
          if (still > 20) resolve()
          else requestAnimationFrame(look)
        }
        look()
      }),
  )
}

async function settles(page: Page, text: string, top: number): Promise<void> {
  await article(page, text).waitFor()
  await standsStill(page)
  expect(Math.abs((await topOf(page, text)) - top), `the place of "${text}"`).toBeLessThan(3)
}

/** Pulls at once instead of in ten seconds. */
function pull(page: Page): Promise<unknown> {
  return Promise.all([
    page.waitForResponse(response => response.url().endsWith('/req')),
    page.evaluate(() => void dispatchEvent(new Event('online'))),
  ])
}

/** As when the reader goes to another tab, or comes back. */
function look(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  return page.evaluate(value => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => value })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
}

/** Whether the device has noted how far was read. */
function keptSeen(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    const [{ name = '' } = {}] = (await indexedDB.databases()).filter(({ name }) => name?.startsWith('nostrp2p:'))
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
    const seen = await new Promise(resolve => {
      const request = database.transaction('values').objectStore('values').get('seen')
      request.onsuccess = () => resolve(request.result)
    })
    database.close()
    return seen !== undefined
  })
}
