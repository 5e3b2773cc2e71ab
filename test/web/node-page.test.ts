/** The node's page: who is connected and how, what is to be done, what happens; and how it looks when the node is away. */
import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { PATIENCE_MS, until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'

// Without it two nodes at which nobody gets in stay connected through their helper.
vi.mock('@libp2p/webrtc', () => {
  throw new Error('not here')
})

const cleanUp = useCleanUp()
const browser = useBrowser()

async function named(node: TestNode, name: string): Promise<TestNode> {
  await node.post({ kind: 0, content: JSON.stringify({ name }) })
  return node
}

/** Reads the status now instead of in five seconds. */
function look(page: Page): Promise<void> {
  return page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')))
}

async function seen(page: Page, text: string): Promise<void> {
  await until(`"${text}" in the page`, async () => {
    await look(page)
    return page.getByText(text).first().isVisible()
  })
}

describe('who is connected', () => {
  it('stands on the map and in the list: how, since when, by name; and what was sent to whom', async () => {
    const port = await freePortPair()
    const announce = [`/ip4/127.0.0.1/tcp/${port}`]
    const rita = await named(
      await startTestNode(cleanUp, { owner: 'rita', listen: { host: '127.0.0.1', port }, announce }),
      'Rita',
    )
    const home = { bootstraps: [rita.address], tuning: { reach: 'never' } } as const
    const alice = await named(await startTestNode(cleanUp, { owner: 'alice', ...home }), 'Alice')
    const bob = await named(await startTestNode(cleanUp, { owner: 'bob', ...home }), 'Bob')
    const relayed = ({ state }: { state: string }) => state === 'relayed'
    await Promise.all([alice.waitFor('reachability', relayed), bob.waitFor('reachability', relayed)])
    const like = { kind: 7, content: '+', tags: [['p', bob.owner.pubkey]] }
    await bob.holds((await alice.post(like)).id)
    const away = { ...like, tags: [['p', (await namedStranger()).pubkey]] }
    await alice.post(away)

    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/#/node`)
    const list = page.getByRole('list', { name: 'Connected nodes' })
    await list.getByText('on this machine').waitFor()
    await seen(page, "through Rita's node")
    await list.getByRole('link', { name: 'Rita' }).waitFor()
    await list.getByRole('link', { name: 'Bob' }).waitFor()
    await page.getByRole('img', { name: 'Through a helper node: 1.' }).waitFor()
    await page.getByText('Not directly, but through 1 helper node.').waitFor()
    await page.getByText(/^Bob npub1\S+'s node has it since/).waitFor()
    await seen(page, 'node is away, next try at')
    await page.getByText('1 waiting, 1 delivered, 0 given up').waitFor()
    await expectNoViolations(page)

    await page.getByRole('button', { name: 'Compare now' }).click()
    await page.getByText('It compares.').waitFor()

    await alice.node.stop()
    await seen(page, 'This is how it was at')
    expect(await list.getByRole('link', { name: 'Bob' }).isVisible()).toBe(true)
  })

  async function namedStranger() {
    const { personFrom } = await import('../support/events.ts')
    return personFrom('somebody who is not here')
  }

  it('says what to do where nobody is, in both languages, on a phone', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    for (const [locale, nobody, check] of [
      ['en-GB', 'No other node is connected.', 'Check the node now'],
      ['ja-JP', 'ほかのノードとつながっていません。', 'いま診断する'],
    ] as const) {
      const page = await browser.open(cleanUp, { viewport: PHONE, locale, colorScheme: 'dark' })
      await page.goto(`${alice.node.clientOrigin}/#/node`)
      await page.getByText(nobody).waitFor()
      await page.getByRole('button', { name: check }).waitFor()
      await expectNoViolations(page)
      const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      expect(isWide).toBe(false)
    }
  })

  it('says so where the node is of another version', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await browser.open(cleanUp)
    await page.route('**/status', route => route.fulfill({ json: { version: '9.0.0', peers: [] } }))
    await page.goto(`${alice.node.clientOrigin}/#/node`)
    await page.getByText('It may be another version').waitFor()
  })

  it('stays legible with 128 nodes', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await bob.waitFor('peer-connected')
    const page = await browser.open(cleanUp, { viewport: PHONE })
    // So many nodes do not fit on this machine: one that is real stands for all.
    await page.route('**/status', async route => {
      const response = await route.fetch()
      const status = (await response.json()) as { peers: Record<string, unknown>[] }
      const ways = ['lan', 'direct', 'direct', 'helper']
      const peers = Array.from({ length: 128 }, (_, i) => ({ ...status.peers[0], id: `peer${i}`, way: ways[i % 4] }))
      await route.fulfill({ response, json: { ...status, peers } })
    })
    await page.goto(`${alice.node.clientOrigin}/#/node`)
    await page.getByRole('img', { name: 'Direct over the internet: 64.' }).waitFor()
    const list = page.getByRole('list', { name: 'Connected nodes' }).getByRole('listitem')
    expect(await list.count()).toBe(8)
    await page.getByRole('button', { name: 'Show all 128' }).click()
    expect(await list.count()).toBe(128)
    await expectNoViolations(page)
  })
})

describe('the check', () => {
  it('finds a way into the network that is none, and puts what is to be done first', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice', bootstraps: ['/ip4/127.0.0.1/tcp/1'] })
    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/#/node`)
    await page.getByRole('button', { name: 'Check the node now' }).click()
    const toDo = page.getByRole('list', { name: 'To do' })
    await toDo.getByText('127.0.0.1:1: ').waitFor()
    await page.getByText(/^\d+ things to do$/).waitFor({ timeout: PATIENCE_MS })
    expect(await toDo.getByRole('heading').first().textContent()).toBe('Way into the network Mend')
    await page.getByText(/checks passed$/).click()
    await page.getByRole('list', { name: 'Good' }).getByText('Disk').waitFor()
    await expectNoViolations(page)
  })
})

describe('the log', () => {
  it('tells what happens as it happens, can be held and filtered, and goes on behind a restart without telling twice', async () => {
    const alice = await named(await startTestNode(cleanUp, { owner: 'alice' }), 'Alice')
    const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await alice.waitFor('peer-connected')
    const page = await browser.open(cleanUp, { viewport: PHONE })
    await page.goto(`${alice.node.clientOrigin}/#/node/log`)
    const log = page.getByRole('list', { name: 'Log' })
    await log.getByText('connected to').waitFor()
    await bob.post({ content: 'hello log' })
    await log.getByText('"hello log"').waitFor()
    await expectNoViolations(page)

    await page.getByRole('button', { name: 'Pause' }).click()
    await bob.post({ content: 'while it is held' })
    await page.getByRole('button', { name: 'Go on (1 new)' }).waitFor()
    expect(await log.getByText('while it is held').count()).toBe(0)
    await page.getByRole('button', { name: 'Go on (1 new)' }).click()
    await log.getByText('while it is held').waitFor()

    await page.getByLabel('Show').selectOption('Only what needs attention')
    await page.getByText('Nothing here needs attention.').waitFor()
    await page.getByLabel('Show').selectOption('Everything')

    await alice.node.stop()
    await page.getByText('The lines stopped.').waitFor()
    const back = await alice.restart()
    await back.waitFor('peer-connected')
    await bob.post({ content: 'after the restart' })
    await log.getByText('after the restart').waitFor({ timeout: PATIENCE_MS })
    await page.getByText('The lines stopped.').waitFor({ state: 'detached' })
    expect(await log.getByText('while it is held').count()).toBe(1)
  })

  it('is in Japanese for whom the page is', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bob = await named(await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] }), 'ボブ')
    await alice.waitFor('peer-connected')
    const page = await browser.open(cleanUp, { locale: 'ja-JP' })
    await page.goto(`${alice.node.clientOrigin}/#/node/log`)
    await bob.post({ content: 'konnichiwa' })
    await page.getByText('さんの投稿が届きました').waitFor()
    await expectNoViolations(page)
  })
})
