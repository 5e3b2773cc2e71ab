/** What a reader does every day with one node: what posts hold, who people are, what is found and kept again. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { npubOf } from '../../src/event/npub.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { importEvents } from './support/import-events.ts'
import { openSignedIn } from './support/signed-in.ts'

const friend = personFrom('a friend')
const NOW = Math.floor(Date.now() / 1000)
const PICTURE = 'https://pictures.example/cat.png'

function by(content: string, tags: string[][] = [], secondsAgo = 600): NostrEvent {
  return signedEvent(friend, { content, tags, created_at: NOW - secondsAgo })
}

describe('every day', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function following(posts: readonly NostrEvent[]): Promise<TestNode> {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ kind: 3, content: '', tags: [['p', friend.pubkey]] })
    const profile = signedEvent(friend, {
      kind: 0,
      content: JSON.stringify({ name: 'Frieda', about: 'I like bridges' }),
    })
    await importEvents(alice, [profile, ...posts])
    return alice
  }

  function article(page: Page, text: string) {
    return page.getByRole('article').filter({ hasText: text }).first()
  }

  async function go(page: Page, hash: string): Promise<void> {
    await page.evaluate(to => location.assign(to), hash)
  }

  it('a post has people, posts and hashtags as links; what is long is folded, what is warned of is covered', async () => {
    const quoted = by('the first bridge', [], 900)
    const long = Array.from({ length: 80 }, (_, i) => `line ${i} of a long story`).join('\n')
    const alice = await following([
      quoted,
      by(
        `nostr:${npubOf(friend.pubkey)} wrote of #Bridges`,
        [
          ['t', 'bridges'],
          ['q', quoted.id, '', friend.pubkey],
        ],
        500,
      ),
      by(long, [], 400),
      by('the end of the film', [['content-warning', 'spoilers']], 300),
    ])
    const page = await openSignedIn(browser, cleanUp, alice, { viewport: PHONE })
    const linked = article(page, 'wrote of')
    await linked
      .getByRole('link', { name: /Frieda/ })
      .first()
      .waitFor()
    await linked.getByText('the first bridge').waitFor()
    const folded = article(page, 'line 0 of a long story')
    const height = async () => (await folded.boundingBox())!.height
    expect(await height()).toBeLessThan(PHONE.height)
    await folded.getByRole('button', { name: 'Show all' }).click()
    await until('all of it', async () => (await height()) > PHONE.height)
    expect(await page.getByText('the end of the film').count()).toBe(0)
    await page.getByText('The author warns: spoilers').waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Show it' }).click()
    await page.getByText('the end of the film').waitFor()
    await linked.getByRole('link', { name: '#Bridges' }).click()
    await page.getByRole('heading', { name: '#bridges', level: 1 }).waitFor()
    await article(page, 'wrote of').waitFor()
    expect(await page.getByText('a long story').count()).toBe(0)
  }, 60_000)

  it('a picture is loaded when the reader asks for it, and says what it shows before', async () => {
    const described = ['imeta', `url ${PICTURE}`, 'alt A cat on a bridge', 'dim 40x30']
    const alice = await following([by(`look ${PICTURE}`, [described])])
    const page = await openSignedIn(browser, cleanUp, alice)
    const asked: Record<string, string>[] = []
    await page.route('https://pictures.example/**', async route => {
      asked.push(route.request().headers())
      await route.fulfill({ contentType: 'image/png', body: DOT })
    })
    const post = article(page, 'look')
    await post.getByText('A cat on a bridge').waitFor()
    expect(asked).toEqual([])
    await post.getByRole('button', { name: /Show the picture from pictures\.example/ }).click()
    await post.getByRole('img', { name: 'A cat on a bridge' }).waitFor()
    await until('the picture', () => asked.length > 0)
    expect(asked[0]).not.toHaveProperty('referer')
    expect(asked[0]).not.toHaveProperty('cookie')
  }, 60_000)

  it('a profile is changed, somebody is followed no more, a search finds, and what is kept is found again', async () => {
    const alice = await following([by('all about suspension bridges')])
    const page = await openSignedIn(browser, cleanUp, alice, { at: '#/me' })
    await page.getByRole('button', { name: 'Change profile' }).click()
    const dialog = page.getByRole('dialog', { name: 'Change profile' })
    await dialog.getByLabel('Name', { exact: true }).fill('Alice of the bridge')
    await dialog.getByRole('button', { name: /^Save/ }).click()
    await page.getByRole('heading', { name: 'Alice of the bridge', level: 1 }).waitFor()
    const [profile] = await alice.client.req({ kinds: [0], authors: [alice.owner.pubkey] })
    expect(JSON.parse(profile!.content)).toMatchObject({ name: 'Alice of the bridge' })

    await go(page, '#/search/')
    await page.getByRole('main').getByRole('searchbox').fill('suspension')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Posts found' }).getByText('all about suspension bridges').waitFor()
    await article(page, 'suspension').getByRole('button', { name: 'More' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Bookmark' }).click()
    const [kept] = await until('the list', async () => {
      const found = await alice.client.req({ kinds: [10_003], authors: [alice.owner.pubkey] })
      return found.length > 0 && found
    })
    expect(JSON.stringify(kept), 'what is kept is nobody else’s business').not.toContain('"e"')
    await page.reload()
    await go(page, '#/bookmarks')
    // What is kept is closed to the page too until the key is there.
    await page.getByRole('button', { name: 'Unlock' }).waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Unlock' }).click()
    await article(page, 'suspension').waitFor()

    await go(page, `#/person/${npubOf(friend.pubkey)}`)
    await page.getByText('I like bridges').waitFor()
    await expectNoViolations(page)
    const head = page.getByRole('main')
    await head.getByRole('button', { name: 'Following' }).click()
    await head.getByRole('button', { name: 'Follow', exact: true }).waitFor()
    const [follows] = await alice.client.req({ kinds: [3], authors: [alice.owner.pubkey] })
    expect(follows!.tags).toEqual([])
    await go(page, '#/home')
    await page.getByText('Nothing here yet').waitFor()
  }, 90_000)
})

/** One pixel. */
const DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
