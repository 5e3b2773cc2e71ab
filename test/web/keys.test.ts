/** The key in daily use: asked for when it is needed, locked and unlocked, and a way into a node that is locked. */
import { encrypt } from 'nostr-tools/nip49'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import { nsecOf } from '../../src/event/keys.ts'
import { npubOf } from '../../src/event/npub.ts'
import { inviteText } from '../../src/web/state/invite.ts'
import type { NodeSettings } from '../../src/wire/settings.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { startBunker } from './support/bunker.ts'
import { installExtension } from './support/extension.ts'
import { startServerProcess } from './support/server-process.ts'

const alice = personFrom('alice')
const bob = personFrom('bob')
const carol = personFrom('carol')
const PASSWORD = 'correct horse battery'
const ELSEWHERE = { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } }

describe('the key', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function open(node: TestNode, path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.open(cleanUp, options)
    await page.goto(`${node.node.clientOrigin}${path}`)
    return page
  }

  async function bringNsec(page: Page, secretKey: Uint8Array, keeping: string, password?: string): Promise<void> {
    const field = page.getByLabel('Secret key (nsec1…)')
    if (!(await field.isVisible())) await page.getByRole('button', { name: 'Secret key (nsec)' }).click()
    await field.fill(nsecOf(secretKey))
    await page.getByLabel(keeping).check()
    if (password !== undefined) await page.getByLabel('Password for this key').fill(password)
    await page.getByRole('button', { name: 'Use this key' }).click()
  }

  function listOf(node: TestNode) {
    return until('a follow list', async () => {
      const [event] = await node.client.req({ kinds: [3], authors: [alice.pubkey] })
      return event as { tags: string[][]; content: string; created_at: number } | undefined
    })
  }

  it('is asked for once, is only the owner’s, and is unlocked after a reload', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const tags = [
      ['p', carol.pubkey, 'wss://r.example', 'caz'],
      ['t', 'kept'],
    ]
    await node.post({ kind: 3, content: 'old words', tags })
    const page = await open(node, '/', { viewport: PHONE })
    await page.getByText('This node is not signed by you yet').waitFor()
    await page.getByRole('button', { name: 'Sign now' }).click()
    const dialog = page.getByRole('dialog', { name: 'Your key is needed' })
    await dialog.waitFor()
    await bringNsec(page, bob.secretKey, 'Not kept')
    await dialog.getByText('This is the key of npub1').waitFor()
    await expectNoViolations(page)
    await bringNsec(page, alice.secretKey, 'Locked with the password', PASSWORD)
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('This node is not signed by you yet').waitFor({ state: 'hidden' })
    expect((await node.node.status()).binding.state).toBe('valid')

    await page.reload()
    const invitation = `nostrp2p:${npubOf(bob.pubkey)}`
    await page.goto(`${node.node.clientOrigin}/#/invite/${encodeURIComponent(invitation)}`)
    await page.getByRole('button', { name: 'Follow' }).click()
    await dialog.getByLabel('Password of your key').fill('not the password')
    await dialog.getByRole('button', { name: 'Unlock' }).click()
    await dialog.getByText('This password does not open it').waitFor()
    await expectNoViolations(page)
    await dialog.getByLabel('Password of your key').fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Unlock' }).click()
    await page.getByText('Done. Their posts appear').waitFor()
    expect(await listOf(node)).toMatchObject({ content: 'old words', tags: [...tags, ['p', bob.pubkey]] })
  })

  it('is kept unlocked where that was chosen, and nobody reads it from the storage', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await open(node)
    await page.getByRole('button', { name: 'Sign now' }).click()
    await bringNsec(page, alice.secretKey, 'Unlocked')
    await page.getByText('This node is not signed by you yet').waitFor({ state: 'hidden' })
    const stored = await page.evaluate(readVault)
    expect(stored.exportable).toBe(false)
    expect(stored.bytes).not.toContain(Buffer.from(alice.secretKey).toString('hex'))
    expect(stored.texts).not.toContain(nsecOf(alice.secretKey))
    await page.goto(`${node.node.clientOrigin}/#/invite/${npubOf(bob.pubkey)}`)
    await page.reload()
    await page.getByRole('button', { name: 'Follow' }).click()
    await page.getByText('Done. Their posts appear').waitFor()
    expect((await listOf(node)).tags).toEqual([['p', bob.pubkey]])
  })

  it('of somebody else that this browser keeps is not used, and it is said whose is needed', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await browser.open(cleanUp, { viewport: PHONE })
    const kept = JSON.stringify({ kind: 'here', pubkey: bob.pubkey, ncryptsec: encrypt(bob.secretKey, PASSWORD, 4) })
    await page.addInitScript(value => localStorage.setItem('nostrp2p.signer', value), kept)
    await page.goto(`${node.node.clientOrigin}/`)
    await page.getByRole('button', { name: 'Sign now' }).click()
    await page.getByRole('dialog').getByText('This is the key of npub1').waitFor()
    await page.getByRole('button', { name: 'Browser extension' }).waitFor()
    expect(await page.getByLabel('Password of your key').count()).toBe(0)
  })

  it('is not needed for reading, and closing the dialog sends nothing', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    await node.post({ content: 'words to read' })
    const page = await open(node)
    await page.getByText('words to read').waitFor()
    await page.goto(`${node.node.clientOrigin}/#/invite/${npubOf(bob.pubkey)}`)
    await page.getByRole('button', { name: 'Follow' }).click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Nothing was signed: the key is locked.').waitFor()
    expect(await node.client.req({ kinds: [3], authors: [alice.pubkey] })).toEqual([])
  })

  it('may be with a bunker that meets the page at the node itself', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const relay = `${node.node.clientOrigin.replace(/^http/, 'ws')}/k/${node.node.token}`
    const bunker = await startBunker(cleanUp, { person: alice, relay })
    const page = await open(node, `/k/${node.node.token}/`, ELSEWHERE)
    await page.getByRole('button', { name: 'Sign now' }).click()
    await page.getByRole('button', { name: 'Signer on another device' }).click()
    await page.getByText('Or scan this code with the signer').click()
    expect(await page.getByLabel('Where both meet').inputValue()).toBe(relay)
    const { subscriptions } = (await node.node.status()).relay
    await page.getByRole('button', { name: 'Show a code' }).click()
    const uri = await page.getByRole('link', { name: 'Open the signer on this device' }).getAttribute('href')
    // Faster than any hand, the signer would answer before the page listens.
    await until('the page to listen', async () => (await node.node.status()).relay.subscriptions > subscriptions)
    await bunker.scan(uri!)
    await page.getByText('This node is not signed by you yet').waitFor({ state: 'hidden' })
    expect((await node.node.status()).binding.state).toBe('valid')
  })

  it('signs for the node again in time, and says it when the clocks differ', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const now = Math.floor(Date.now() / 1000)
    await node.post(bindingTemplate(node.node.peerId, now - 60, 10 * 24 * 3600))
    const page = await browser.open(cleanUp, { viewport: PHONE })
    await installExtension(page, { person: alice })
    await page.goto(`${node.node.clientOrigin}/`)
    await page.getByText('Your signature for this node ends on').waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Sign now' }).click()
    await page.getByRole('button', { name: 'Browser extension' }).click()
    await page.getByRole('button', { name: 'Use the extension' }).click()
    await page.getByText('Your signature for this node ends on').waitFor({ state: 'hidden' })
    expect((await node.node.status()).binding.state).toBe('valid')
    await page.clock.setFixedTime(Date.now() - 2 * 3600 * 1000)
    await page.evaluate(() => void dispatchEvent(new Event('online')))
    await page.getByText("This device's clock and your node's differ by 2 hours").waitFor()
  })

  it('accepts an invitation with the nodes in it, which the node then joins', async () => {
    const friend = await startTestNode(cleanUp, { owner: 'bob' })
    const origin = await startServerProcess(cleanUp, ['-p', npubOf(alice.pubkey)])
    const page = await browser.open(cleanUp)
    await installExtension(page, { person: alice })
    const bootstrap = friend.address.replace(/^\/ip4\/([^/]+)\/tcp\/(\d+).*$/, '$1:$2')
    const invitation = inviteText({ pubkey: bob.pubkey, bootstraps: [bootstrap] })
    await page.goto(`${origin}/#/invite/${encodeURIComponent(invitation)}`)
    await page.getByRole('listitem').getByText(bootstrap).waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Follow, and connect through them' }).click()
    await page.getByRole('button', { name: 'Browser extension' }).click()
    await page.getByRole('button', { name: 'Use the extension' }).click()
    await page.getByText('Done. Their posts appear').waitFor()
    await friend.waitFor('peer-connected')
    const { settings } = (await (await fetch(`${origin}/settings`)).json()) as NodeSettings
    expect(settings.find(({ name }) => name === 'boot-peer-addr-port')).toMatchObject({ value: [bootstrap] })
  })

  it('lets its owner into a locked node, as a device of their own', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    await node.post({ content: 'for the owner alone' })
    const page = await open(node, '/', ELSEWHERE)
    await page.getByRole('button', { name: "Sign in with the owner's key" }).click()
    await expectNoViolations(page)
    await bringNsec(page, bob.secretKey, 'Not kept')
    await page.getByText('This key is not the one of the owner').waitFor()
    expect(await page.content()).not.toContain(npubOf(alice.pubkey))
    await bringNsec(page, alice.secretKey, 'Not kept')
    await page.getByText('for the owner alone').waitFor()
    await page.reload()
    await page.getByText('for the owner alone').waitFor()
    const { devices } = (await (await fetch(`${node.node.clientOrigin}/devices`)).json()) as {
      devices: { id: string; name: string }[]
    }
    expect(devices.map(({ name }) => name)).toEqual(['', 'Chrome, Linux'])
  })
})

/** What lies in the browser's storage, as far as a page can read it. */
async function readVault() {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('nostrp2p-vault')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const get = (key: string) =>
    new Promise<unknown>(resolve => {
      const request = database.transaction('vault').objectStore('vault').get(key)
      request.onsuccess = () => resolve(request.result)
    })
  const key = (await get('device')) as CryptoKey | Record<string, unknown>
  const box = (await get('key')) as { sealed: ArrayBuffer } | undefined
  const bytes = Array.from(new Uint8Array(box?.sealed ?? new ArrayBuffer(0)), byte =>
    byte.toString(16).padStart(2, '0'),
  )
  return {
    exportable: (key as CryptoKey).extractable,
    bytes: bytes.join(''),
    texts: JSON.stringify({ ...localStorage }),
  }
}
