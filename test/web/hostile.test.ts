/** Posts and profiles by somebody who means harm: nothing runs, nothing leaks, nothing breaks, and nobody is mistaken. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { npubOf, shortNpub } from '../../src/event/npub.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser, WIDE } from './support/browser.ts'
import { hostileTown } from './support/hostile-town.ts'

describe('hostile content', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  for (const [size, viewport] of Object.entries({ phone: PHONE, wide: WIDE })) {
    it(`neither runs nor leaks nor breaks the page (${size})`, async () => {
      const town = await hostileTown(cleanUp)
      const page = await browser.open(cleanUp, { viewport })
      const watch = await watchHarm(page, town.node.node.clientOrigin)
      await page.goto(`${town.node.node.clientOrigin}/#/everybody`)
      await page.getByRole('article').first().waitFor()

      const met = new Set<string>()
      await walk(page, async () => {
        for (const one of await articles(page)) {
          met.add(one.label)
          expect(one.right, `an article within ${viewport.width} px`).toBeLessThanOrEqual(viewport.width)
          expect(one.left).toBeGreaterThanOrEqual(0)
          expect(one.height, 'the height of a folded post').toBeLessThan(1_600)
          expect(one.isNameInside, `the author of a post within it: ${one.label}`).toBe(true)
          expect(one.overlapped, 'text drawn over the next post').toBe(false)
        }
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.scrollingElement!)
        expect(scrollWidth, 'no horizontal scrolling').toBe(clientWidth)
      })
      // Each author stands there with their key, whatever they call themselves.
      for (const pubkey of town.authors) {
        const key = shortNpub(pubkey)
        expect([...met].filter(label => label.endsWith(key)).length, `posts under ${key}`).toBeGreaterThan(0)
      }
      expect([...met].some(label => /\p{Cf}/u.test(label.replaceAll('\u2068', '').replaceAll('\u2069', '')))).toBe(
        false,
      )
      await watch.expectNoHarm(page)
      await expectNoViolations(page)
    }, 90_000)
  }

  it('tells somebody with the name and picture of another apart, everywhere that they are named', async () => {
    const town = await hostileTown(cleanUp)
    const page = await browser.open(cleanUp, { viewport: PHONE })
    const watch = await watchHarm(page, town.node.node.clientOrigin)
    const [forger] = town.authors
    await page.goto(`${town.node.node.clientOrigin}/#/person/${npubOf(forger!)}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    const wholeKey = page.getByText(npubOf(forger!))
    await wholeKey.waitFor()
    expect(await wholeKey.evaluate(key => key.scrollWidth <= key.clientWidth || key.clientWidth === 0)).toBe(true)
    await page.getByRole('article').first().getByText(shortNpub(forger!)).first().waitFor()
    await page.evaluate(to => location.assign(to), `#/thread/${town.posts[0]!.id}`)
    await page.getByRole('article').first().getByText(shortNpub(town.posts[0]!.pubkey)).first().waitFor()
    for (const button of await page.getByRole('button', { name: 'Show all' }).all()) await button.click()
    const { scrollWidth, clientWidth } = await page.evaluate(() => document.scrollingElement!)
    expect(scrollWidth).toBe(clientWidth)
    await watch.expectNoHarm(page)
    await expectNoViolations(page)
  }, 60_000)

  it('loads pictures of those one follows when that is chosen, and of nobody else', async () => {
    const town = await hostileTown(cleanUp)
    const page = await browser.open(cleanUp)
    const asked: string[] = []
    await page.route(
      url => url.hostname.endsWith('.example'),
      route => {
        asked.push(new URL(route.request().url()).pathname)
        return route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg"/>' })
      },
    )
    await page.addInitScript(() => localStorage.setItem('nostrp2p.pictures', 'followed'))
    await page.goto(`${town.node.node.clientOrigin}/#/everybody`)
    await until('the picture of somebody followed', async () => {
      await page.mouse.wheel(0, 400)
      return asked.includes('/followed.png')
    })
    expect(asked.filter(path => path !== '/followed.png' && !path.startsWith('/huge'))).toEqual([])
  })
})

/** What stands in the page now. */
function articles(page: Page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('article.post')].map(article => {
      const box = article.getBoundingClientRect()
      const name = article.querySelector('.post-author .short-key')?.getBoundingClientRect()
      const next = article.closest('.windowed-item')?.getBoundingClientRect()
      return {
        label: article.querySelector('.post-author')?.textContent ?? '',
        left: box.left,
        right: box.right,
        height: box.height,
        isNameInside:
          name !== undefined && name.width > 60 && name.right <= box.right && name.top >= box.top && name.height < 40,
        overlapped: next !== undefined && article.scrollHeight > next.height + 2,
      }
    }),
  )
}

/** Looks at the list from its top to its end. */
async function walk(page: Page, look: () => Promise<void>): Promise<void> {
  for (let last = -1; ; ) {
    await look()
    const at = await page.evaluate(() => {
      scrollBy(0, innerHeight * 0.8)
      return new Promise<number>(done => requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY))))
    })
    if (at === last) return
    last = at
  }
}

/** Anything that runs, asks, or goes elsewhere. */
async function watchHarm(page: Page, origin: string) {
  const foreign: string[] = []
  let dialogs = 0
  page.on('request', request => {
    const url = request.url()
    if (!url.startsWith(origin) && !url.startsWith('data:')) foreign.push(url)
  })
  page.on('dialog', dialog => {
    dialogs++
    void dialog.dismiss()
  })
  await page.addInitScript(() => {
    const violations: string[] = []
    Object.assign(globalThis, { violations, pwned: 0 })
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      violations.push(`${violatedDirective} ${blockedURI}`),
    )
  })
  return {
    async expectNoHarm(at: Page) {
      const state = await at.evaluate(() => {
        const { violations, pwned } = globalThis as unknown as { violations: string[]; pwned: number }
        const unsafe = [
          ...document.querySelectorAll('script:not([src]), iframe, object, embed, style, [onerror], form[action]'),
        ]
        const links = [...document.querySelectorAll('a')].filter(({ protocol }) => !/^https?:$/.test(protocol))
        return { violations, pwned, unsafe: unsafe.length, links: links.map(({ href }) => href) }
      })
      expect(state).toEqual({ violations: [], pwned: 0, unsafe: 0, links: [] })
      expect(foreign, 'requests to elsewhere before a click').toEqual([])
      expect(dialogs).toBe(0)
    },
  }
}
