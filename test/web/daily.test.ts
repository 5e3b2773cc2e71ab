/** Daily use between two people on two nodes: everything that one does in the page, and what the other sees of it. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { npubOf, shortNpub } from '../../src/event/npub.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

describe('two people', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function neighbours(): Promise<{ alice: TestNode; bob: TestNode }> {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await Promise.all([alice.waitFor('peer-connected'), bob.waitFor('peer-connected')])
    await alice.post({ kind: 0, content: JSON.stringify({ name: 'Alice' }) })
    await bob.post({ kind: 0, content: JSON.stringify({ name: 'Bob' }) })
    await alice.post({ kind: 3, content: '', tags: [['p', bob.owner.pubkey]] })
    await bob.post({ kind: 3, content: '', tags: [['p', alice.owner.pubkey]] })
    return { alice, bob }
  }

  async function write(page: Page, text: string): Promise<void> {
    await page.getByRole('button', { name: 'New post' }).click()
    await page.getByLabel('Text of the post').fill(text)
  }

  async function post(page: Page, text: string): Promise<void> {
    await write(page, text)
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Post now' }).click()
    await article(page, text).waitFor()
  }

  function article(page: Page, text: string) {
    return page.getByRole('article').filter({ hasText: text }).first()
  }

  /** Pulls at once instead of in ten seconds. */
  function pull(page: Page): Promise<void> {
    return page.evaluate(() => void dispatchEvent(new Event('online')))
  }

  async function seen(page: Page, text: string): Promise<void> {
    await until(`"${text}" in the page`, async () => {
      await pull(page)
      const bar = page.locator('.new-bar')
      if (await bar.isVisible()) await bar.click()
      return article(page, text).isVisible()
    })
  }

  it('post, answer, like, repost, quote and delete', async () => {
    const { alice, bob } = await neighbours()
    const alices = await openSignedIn(browser, cleanUp, alice)
    const bobs = await openSignedIn(browser, cleanUp, bob, { viewport: PHONE })
    await post(alices, 'Tea at five? #tea')
    await article(alices, 'Tea at five?').getByText('Passed to 1 node').first().waitFor()
    await seen(bobs, 'Tea at five?')
    await expectNoViolations(bobs)

    await article(bobs, 'Tea at five?').getByRole('button', { name: 'Like' }).click()
    await article(bobs, 'Tea at five?').getByText("Alice's node has it").first().waitFor()
    await article(bobs, 'Tea at five?').getByRole('button', { name: 'Reply' }).click()
    await bobs.getByText(/^Only Alice npub1\S+ will see this\.$/).waitFor()
    await expectNoViolations(bobs)
    await bobs.getByLabel('Text of the post').fill('With cake.')
    await bobs.getByRole('button', { name: 'Post', exact: true }).click()
    await bobs.getByRole('button', { name: 'Post now' }).click()
    await article(bobs, 'Tea at five?').getByRole('button', { name: 'Repost' }).click()
    await bobs.getByRole('dialog').getByRole('button', { name: 'Repost' }).click()
    await bobs.getByText('Reposted by Bob').waitFor()

    await alices.getByRole('link', { name: 'Notices' }).click()
    await seen(alices, 'With cake.')
    await until('the like among the notices', async () => {
      await pull(alices)
      return alices.getByText(/^Bob npub1\S+ likes/).isVisible()
    })
    await expectNoViolations(alices)

    await alices.getByRole('link', { name: 'Home' }).click()
    await article(alices, 'Tea at five?').getByRole('button', { name: 'Repost' }).click()
    await alices.getByRole('button', { name: 'Quote' }).click()
    await alices.getByText('Everybody can see this post.').waitFor()
    await alices.getByLabel('Text of the post').fill('Make it six.')
    await alices.getByRole('button', { name: 'Post', exact: true }).click()
    await alices.getByRole('button', { name: 'Post now' }).click()
    await seen(bobs, 'Make it six.')

    await article(alices, 'Make it six.').getByRole('button', { name: 'More' }).click()
    await alices.getByRole('button', { name: 'Delete' }).click()
    await alices.getByText('may keep a copy').waitFor()
    await alices.getByRole('button', { name: 'Delete' }).click()
    await article(alices, 'Make it six.').waitFor({ state: 'detached' })
    await until('the deletion at bob', async () => {
      await pull(bobs)
      return (await article(bobs, 'Make it six.').count()) === 0
    })
  })

  it('name each other while writing: to whom that goes is said, and can be changed', async () => {
    const { alice, bob } = await neighbours()
    await alice.holds((await bob.client.req({ kinds: [0], authors: [bob.owner.pubkey] }))[0]!.id)
    const page = await openSignedIn(browser, cleanUp, alice, { at: '#/people' })
    await page.getByText('Bob').first().waitFor()
    await page.getByRole('button', { name: 'New post' }).click()
    await page.getByLabel('Text of the post').pressSequentially('Look, @bo')
    await page.getByRole('option', { name: 'Bob' }).waitFor()
    await expectNoViolations(page)
    await page.keyboard.press('Escape')
    await page.getByRole('option', { name: 'Bob' }).waitFor({ state: 'detached' })
    await page.getByLabel('Text of the post').pressSequentially('b')
    await page.getByRole('option', { name: 'Bob' }).waitFor()
    await page.keyboard.press('Enter')
    expect(await page.getByLabel('Text of the post').inputValue()).toBe('Look, @Bob ')
    await page.getByText(/^Only Bob npub1\S+ will see this\.$/).waitFor()
    await page.getByLabel('Let everybody see it').check()
    await page.getByText('Everybody can see this post.').waitFor()
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Post now' }).click()
    const posted = await until('the post at the node', async () => (await alice.client.req({ kinds: [1] }))[0])
    expect(posted).toMatchObject({ tags: [], content: `Look, nostr:${npubOf(bob.owner.pubkey)}` })
  })

  it('two of one name are told apart wherever it is said who sees a reply, and to whom it goes', async () => {
    const { alice, bob } = await neighbours()
    const carol = await startTestNode(cleanUp, { owner: 'carol', bootstraps: [alice.address] })
    await carol.waitFor('peer-connected')
    const name = await carol.post({ kind: 0, content: JSON.stringify({ name: 'Bob' }) })
    const question = await carol.post({ content: 'Who is at the door?' })
    for (const { id } of [name, question]) await alice.holds(id)
    const page = await openSignedIn(browser, cleanUp, alice, { at: '#/everybody' })
    await article(page, 'Who is at the door?').getByRole('button', { name: 'Reply' }).click()
    const key = shortNpub(carol.owner.pubkey)
    expect(shortNpub(bob.owner.pubkey)).not.toBe(key)
    await page.getByText(`Only Bob ${key} will see this.`).waitFor()
    await page.getByLabel('Text of the post').fill('It is me.')
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Post now' }).click()
    await page.getByRole('link', { name: 'My posts' }).click()
    const reply = article(page, 'It is me.')
    await reply.getByText(`Reply to Bob ${key}`).waitFor()
    await reply.getByText(`Only you and Bob ${key} can see this`).waitFor()
    await reply.getByText("Bob's node has it").first().click()
    await reply.getByText(`Bob ${key}'s node has it since`).waitFor()
    await expectNoViolations(page)
  })

  it('a draft outlives the page; a post can be taken back, and waits for a node that is away', async () => {
    const { alice } = await neighbours()
    const page = await openSignedIn(browser, cleanUp, alice)
    await write(page, 'Half a thou')
    await page.reload()
    await page.getByRole('button', { name: 'New post' }).click()
    await until('the draft', async () => (await page.getByLabel('Text of the post').inputValue()) === 'Half a thou')
    await page.getByLabel('Text of the post').fill('Half a thought.')
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Undo' }).click()
    expect(await page.getByLabel('Text of the post').inputValue()).toBe('Half a thought.')
    await alice.node.stop()
    await page.getByLabel('Text of the post').fill('A whole thought.')
    await page.getByRole('button', { name: 'Post', exact: true }).click()
    await page.getByRole('button', { name: 'Post now' }).click()
    await page.getByText('This waits here and goes out when it does.').waitFor()
    const back = await alice.restart()
    await until('the post at the node', async () => {
      await pull(page)
      const held = await back.client.req({ kinds: [1] })
      return held.some(({ content }) => content === 'A whole thought.')
    })
    await article(page, 'A whole thought.').waitFor()
  })
})
