/** What the node refuses is said in the language of the page. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { npubOf } from '../../src/event/keys.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode, temporaryDirectory } from '../support/test-node.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { serveProcess } from './support/served-process.ts'
import { openSignedIn } from './support/signed-in.ts'

describe('in Japanese, a refusal of', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()
  const LOCALE = { locale: 'ja-JP', viewport: PHONE }

  it('a setting names the setting and what it may be', async () => {
    const dataDir = join(await temporaryDirectory(cleanUp), 'data')
    const flags = ['-p', npubOf(personFrom('oskar').pubkey)]
    const node = await serveProcess(cleanUp, { port: await freePortPair(), dataDir, flags })
    const page = await browser.open(cleanUp, LOCALE)
    await page.goto(`${node.origin}/#/node/settings`)
    await page.getByRole('textbox', { name: 'ゲストに求める作業証明' }).fill('plenty')
    await page.getByRole('button', { name: '変更を保存' }).click()
    const alert = page.getByRole('alert').filter({ hasText: '設定の値が正しくありません' })
    await alert.waitFor()
    expect(await alert.textContent()).toContain('「ゲストに求める作業証明」')
    expect(await alert.textContent()).not.toMatch(/must|whole|number/)
  })

  it('a post says why, and what was written is kept', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice', writable: false })
    const page = await openSignedIn(browser, cleanUp, alice, { locale: 'en-GB', at: '#/home' })
    await page.evaluate(() => localStorage.setItem('nostrp2p.language', 'ja'))
    await page.reload()
    await page.getByRole('button', { name: '新しい投稿' }).click()
    await page.getByLabel('投稿の本文').fill('こんにちは')
    await page.getByRole('button', { name: '投稿する' }).click()
    await page.getByRole('button', { name: '今すぐ投稿' }).click()
    await page.getByText('このノードは書き込みを受け付けない設定（-w false）になっています。').waitFor()
    expect(await page.getByText('こんにちは').isVisible()).toBe(true)
  })
})
