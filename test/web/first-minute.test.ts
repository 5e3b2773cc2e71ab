/** Somebody's first minute: an unclaimed node, a key made or brought, the claim, and what comes then. */
import { nip19 } from 'nostr-tools'
import { decrypt, encrypt } from 'nostr-tools/nip49'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../../src/event/hex.ts'
import { nsecOf } from '../../src/event/keys.ts'
import { npubOf } from '../../src/event/npub.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser, WIDE } from './support/browser.ts'
import { watchTraffic } from './support/traffic.ts'

/** As from another device: the node trusts nobody without a token. */
const ELSEWHERE = { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } }
const PASSWORD = 'correct horse battery'

function claimAddress({ node }: TestNode): string {
  // As it is printed.
  return `${node.clientOrigin}/k/${node.claimToken()}`
}

async function boundTo(node: TestNode): Promise<string | undefined> {
  const { binding } = await node.node.status()
  return binding.state === 'valid' ? node.node.owner() : undefined
}

describe('the first minute', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function arrive(viewport: { width: number; height: number }, locale = 'en-GB') {
    const nobodys = await startTestNode(cleanUp, { owner: null })
    const page = await browser.open(cleanUp, { ...ELSEWHERE, viewport, locale })
    const traffic = watchTraffic(page)
    await page.goto(claimAddress(nobodys))
    return { nobodys, page, traffic }
  }

  it('makes a key, has it kept, claims the node, and goes on to name, people and home', async () => {
    const { nobodys, page, traffic } = await arrive(PHONE)
    await page.getByRole('heading', { name: 'Welcome to your node' }).waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'I am new: make a key for me' }).click()
    const nsec = (await page.locator('code', { hasText: /^nsec1/ }).textContent())!
    await expectNoViolations(page)

    await page.getByLabel('Password for this key').fill('short')
    await page.getByRole('button', { name: 'Download a backup file' }).click()
    await page.getByText('The password needs at least 8 characters.').waitFor()
    await page.getByLabel('Password for this key').fill(PASSWORD)
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download a backup file' }).click()
    const backup = await textOf(await (await downloading).createReadStream())
    const ncryptsec = /ncryptsec1[0-9a-z]+/.exec(backup)![0]
    expect(nsecOf(decrypt(ncryptsec, PASSWORD))).toBe(nsec)

    await page.getByLabel('The last four characters').fill('1234')
    await page.getByRole('button', { name: 'Make this node mine' }).click()
    await page.getByText('These are not its last four characters').waitFor()
    expect(nobodys.node.owner()).toBeUndefined()
    await page.getByLabel('The last four characters').fill(nsec.slice(-4))
    await page.getByRole('button', { name: 'Make this node mine' }).click()

    await page.getByRole('heading', { name: 'Your name' }).waitFor()
    const owner = await boundTo(nobodys)
    expect(nip19.decode(nsec).data).toEqual(decrypt(ncryptsec, PASSWORD))
    expect(owner).toBeDefined()
    await expectNoViolations(page)
    await page.getByLabel('Name').fill('Robin')
    await page.getByRole('button', { name: 'Save and go on' }).click()
    await page.getByRole('heading', { name: 'Whom to follow' }).waitFor()
    await page.getByText('Nobody has been seen yet').waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Go to my home' }).click()
    await page.getByRole('navigation', { name: 'Main' }).waitFor()

    // The claim's code is spent; the page has one of its own and goes on from here also after a reload.
    await page.reload()
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    const secret = bytesToHex(decrypt(ncryptsec, PASSWORD))
    expect(traffic.sent()).toContain('/publish')
    expect(traffic.sent()).not.toContain(nsec)
    expect(traffic.sent()).not.toContain(secret)
    expect(await storedText(page)).not.toContain(nsec)
    expect(await storedText(page)).not.toContain(secret)
    const [profile] = await nobodys.node.status().then(() => nobodys.client.req({ kinds: [0], authors: [owner] }))
    expect(profile).toMatchObject({ content: JSON.stringify({ name: 'Robin' }) })
  })

  it('takes an encrypted key from its backup file, in Japanese on a phone, and is unlocked with its password later', async () => {
    const alice = personFrom('alice')
    const ncryptsec = encrypt(alice.secretKey, PASSWORD, 4)
    const { nobodys, page, traffic } = await arrive(PHONE, 'ja-JP')
    await page.getByRole('button', { name: 'すでに鍵を持っている' }).click()
    await page.getByRole('button', { name: '暗号化された鍵' }).click()
    const file = (text: string) => ({ name: 'backup.txt', mimeType: 'text/plain', buffer: Buffer.from(text) })
    await page.getByLabel('またはバックアップファイルを選ぶ').setInputFiles(file('nothing of use'))
    await page.getByText('暗号化された鍵ではないようです').waitFor()
    await page.getByLabel('またはバックアップファイルを選ぶ').setInputFiles(file(`backup\n\n${ncryptsec}\n`))
    await page.getByLabel('そのパスワード').fill('wrong')
    await page.getByRole('button', { name: '開く' }).click()
    await page.getByText('このパスワードでは開けません').waitFor()
    await expectNoViolations(page)
    await page.getByLabel('そのパスワード').fill(PASSWORD)
    await page.getByRole('button', { name: '開く' }).click()
    await page.getByRole('heading', { name: 'あなたの名前' }).waitFor()
    expect(await boundTo(nobodys)).toBe(alice.pubkey)
    await page.reload()
    await page.getByLabel('名前').fill('アリス')
    await page.getByRole('button', { name: '保存して次へ' }).click()
    await page.getByLabel('鍵のパスワード').fill(PASSWORD)
    await page.getByRole('button', { name: 'ロックを解除' }).click()
    await page.getByRole('heading', { name: 'フォローする人' }).waitFor()
    expect(traffic.sent()).not.toContain(ncryptsec)
    expect(traffic.sent()).not.toContain(PASSWORD)
  })

  it('takes an nsec, in Japanese', async () => {
    const alice = personFrom('alice')
    const nsec = nsecOf(alice.secretKey)
    const { nobodys, page, traffic } = await arrive(WIDE, 'ja-JP')
    await page.getByRole('button', { name: 'すでに鍵を持っている' }).click()
    await page.getByRole('button', { name: '秘密鍵（nsec）' }).click()
    await page.getByLabel('秘密鍵（nsec1…）').fill(npubOf(alice.pubkey))
    await page.getByLabel('保存しない').check()
    await page.getByRole('button', { name: 'この鍵を使う' }).click()
    await page.getByText('それは公開鍵（npub）です').waitFor()
    await page.getByLabel('秘密鍵（nsec1…）').fill(nsec)
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'この鍵を使う' }).click()
    await page.getByRole('heading', { name: 'あなたの名前' }).waitFor()
    expect(await boundTo(nobodys)).toBe(alice.pubkey)
    expect(traffic.sent()).not.toContain(nsec)
    expect(traffic.sent()).not.toContain(bytesToHex(alice.secretKey))
    expect(await storedText(page)).not.toContain(bytesToHex(alice.secretKey))
  })
})

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += Buffer.from(chunk).toString('utf8')
  return text
}

/** What the page keeps as text. */
function storedText(page: Page): Promise<string> {
  return page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))
}
