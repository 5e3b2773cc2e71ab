/** The settings: what they change is changed, here, at the node, and for the other devices. */
import { encrypt } from 'nostr-tools/nip49'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

/** As from another device: the node trusts nobody without a token. */
const ELSEWHERE = { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } }

describe('settings', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function openElsewhere({ node }: TestNode, token: string, hash: string): Promise<Page> {
    const page = await browser.open(cleanUp, ELSEWHERE)
    await page.goto(`${node.clientOrigin}/k/${token}/${hash}`)
    return page
  }

  async function go(page: Page, hash: string): Promise<void> {
    await page.evaluate(to => location.assign(to), hash)
  }

  it('are found on a phone by a list, and each part without a violation in both languages', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openSignedIn(browser, cleanUp, alice, { viewport: PHONE, at: '#/me' })
    await page.getByRole('navigation', { name: 'My posts' }).getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
    await expectNoViolations(page)
    const parts = page.getByRole('navigation', { name: 'Parts of the settings' })
    const names = await parts.getByRole('link').evaluateAll(links => links.map(link => link.getAttribute('href')!))
    expect(names).toHaveLength(7)
    for (const hash of names) {
      await go(page, hash)
      await page.getByRole('link', { name: 'All settings' }).waitFor()
      await expectNoViolations(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
    }
    await go(page, '#/settings/appearance')
    await page.getByRole('radio', { name: '日本語' }).check()
    await page.getByRole('heading', { name: '表示', level: 1 }).waitFor()
    for (const hash of names) {
      await go(page, hash)
      await page.getByRole('link', { name: '設定の一覧' }).waitFor()
      await expectNoViolations(page)
    }
  })

  it('of the appearance hold after a reload, and stand beside the list on a wide screen', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openSignedIn(browser, cleanUp, alice, { at: '#/settings/' })
    await page.getByRole('heading', { name: 'Appearance', level: 2 }).waitFor()
    await expectNoViolations(page)
    await page.getByRole('radio', { name: 'Dark' }).check()
    await page.getByRole('radio', { name: /At once, of people/ }).check()
    await page.getByRole('checkbox', { name: /Data saver/ }).check()
    await page.getByRole('radio', { name: '日本語' }).check()
    await expectNoViolations(page)
    await page.reload()
    await page.getByRole('heading', { name: '表示', level: 2 }).waitFor()
    expect(await page.getByRole('radio', { name: 'ダーク' }).isChecked()).toBe(true)
    expect(await page.getByRole('radio', { name: 'フォローしている人の画像' }).isChecked()).toBe(true)
    expect(await page.getByRole('checkbox', { name: 'データの節約' }).isChecked()).toBe(true)
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark')
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('ja')
  })

  it('let a device in by an address that is shown once, rename it, and shut it out', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openElsewhere(alice, alice.node.token, '#/settings/devices')
    const line = (name: string) => page.getByRole('listitem', { name })
    await line('First device').getByText('this device').waitFor()
    await page.getByRole('button', { name: 'Add by an address' }).click()
    await page.getByRole('button', { name: 'Make its address' }).click()
    await page.getByText('Give it a name').waitFor()
    await page.getByLabel('Name of the device').fill('Phone')
    await page.getByRole('button', { name: 'Make its address' }).click()
    const address = (await page.locator('code.secret').textContent())!
    expect(address).toMatch(new RegExp(`^${alice.node.clientOrigin}/k/[\\w-]+/$`))
    await page.getByRole('dialog').getByRole('img', { name: 'The address of Phone' }).waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Done' }).click()
    await line('Phone').getByText('not seen yet').waitFor()
    expect(await page.content()).not.toContain(new URL(address).pathname)

    const phone = await browser.open(cleanUp, { ...ELSEWHERE, viewport: PHONE })
    await phone.goto(address)
    await phone.getByRole('heading', { name: 'Home' }).waitFor()
    await line('Phone').getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('Name of the device').fill('Old phone')
    await page.getByRole('button', { name: 'Save' }).click()
    await line('Old phone').getByText('last seen').waitFor()
    await line('Old phone').getByRole('button', { name: 'Shut out' }).click()
    await page.getByText('It is cut off at once').waitFor()
    await expectNoViolations(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Shut out' }).click()
    await line('Old phone').waitFor({ state: 'detached' })
    await phone.reload()
    await phone.getByRole('heading', { name: 'This node belongs to somebody' }).waitFor()
  })

  it('lock, unlock and forget the key of this browser, and sign the binding anew', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const { secretKey, pubkey } = personFrom('alice')
    const page = await browser.open(cleanUp)
    const ncryptsec = encrypt(secretKey, 'correct horse battery', 4)
    await page.addInitScript(
      kept => {
        if (localStorage.getItem('nostrp2p.probed') !== null) return
        localStorage.setItem('nostrp2p.probed', '1')
        localStorage.setItem('nostrp2p.signer', kept)
      },
      JSON.stringify({ kind: 'here', pubkey, ncryptsec }),
    )
    await page.goto(`${alice.node.clientOrigin}/#/settings/key`)
    await page.getByText('locked with its password').waitFor()
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click()
    await page.getByText('Your key is open').waitFor()
    await page.getByRole('button', { name: 'Sign now' }).click()
    await until('the binding', async () => (await alice.node.status()).binding.state === 'valid')
    await page.getByText('You have signed for this node').waitFor()
    await page.getByRole('button', { name: 'Lock now' }).click()
    await page.getByText('locked with its password').waitFor()
    await page.getByRole('button', { name: 'Take the key off this browser' }).click()
    await expectNoViolations(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Take the key off' }).click()
    await page.getByText('There is no key here.').waitFor()
    await page.reload()
    await page.getByText('There is no key here.').waitFor()
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('ncryptsec')
  })

  it('mute a word and a hashtag, and show them again; nobody can read what is muted', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await bob.waitFor('peer-connected')
    const ball = await bob.post({ content: 'The football game' })
    const tagged = await bob.post({ content: 'Look #cars', tags: [['t', 'cars']] })
    for (const { id } of [ball, tagged]) await alice.holds(id)
    const page = await openSignedIn(browser, cleanUp, alice, { at: '#/everybody' })
    await page.getByText('The football game').waitFor()
    await go(page, '#/settings/mutes')
    for (const text of ['Football', '#Cars']) {
      await page.getByLabel('Word, #hashtag or npub').fill(text)
      await page.getByRole('button', { name: 'Mute', exact: true }).click()
      await page.getByRole('button', { name: `Show again: ${text.toLowerCase()}` }).waitFor()
    }
    await expectNoViolations(page)
    const [list] = await alice.client.req({ kinds: [10_000] })
    expect(JSON.stringify(list)).not.toContain('football')
    await go(page, '#/everybody')
    await page.getByText('Nothing here yet').waitFor()
    await go(page, '#/settings/mutes')
    await page.getByRole('button', { name: 'Show again: #cars' }).click()
    await page.getByRole('button', { name: 'Show again: #cars' }).waitFor({ state: 'detached' })
    await go(page, '#/everybody')
    await page.getByText('Look #cars').waitFor()
    expect(await page.getByText('The football game').count()).toBe(0)
  })
})
