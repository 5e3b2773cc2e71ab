/** Everything out of one node as a file and into another, through the page. */
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'

describe('backup', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  async function openBackup(origin: string, viewport = PHONE): Promise<Page> {
    const page = await browser.open(cleanUp, { viewport })
    await page.goto(`${origin}/#/settings/backup`)
    await page.getByRole('button', { name: 'Export to a file' }).waitFor()
    return page
  }

  async function choose(page: Page, text: string | Buffer, name = 'backup.jsonl'): Promise<void> {
    const buffer = Buffer.isBuffer(text) ? text : Buffer.from(text)
    await page.getByLabel('File to import').setInputFiles({ name, mimeType: 'application/octet-stream', buffer })
  }

  it('goes out with a date in its name and into another node, with what was refused in words', async () => {
    const old = await startTestNode(cleanUp, { owner: 'alice' })
    for (let number = 0; number < 20; number++) await old.post({ content: `Memory ${number}` })
    const page = await openBackup(old.node.clientOrigin)
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export to a file' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toMatch(/^nostrp2p-\d{4}-\d\d-\d\d\.jsonl$/)
    const text = await readFile(await download.path(), 'utf8')
    expect(text.split('\n').filter(line => line.includes('Memory'))).toHaveLength(20)
    await page.getByText(/Done: 2\d entries/).waitFor()
    await expectNoViolations(page)

    const anew = await startTestNode(cleanUp, { owner: 'alice' })
    const there = await openBackup(anew.node.clientOrigin)
    const changed = text.split('\n')[0]!.replace(/"content":"/, '"content":"not ')
    await choose(there, `${text}{"id": 1}\n${changed}\n`)
    await there.getByText('The file is read to its end.').waitFor()
    await there.getByText('2 were not taken').waitFor()
    await there.getByText('What was not taken').click()
    await there.getByText('It was changed after it was signed.').waitFor()
    await expectNoViolations(there)
    expect((await anew.client.req({ kinds: [1], limit: 100 })).length).toBe(20)
    await choose(there, text)
    await there.getByText(/2\d were here already/).waitFor()
    await there.evaluate(() => location.assign('#/home'))
    await there
      .getByText(/Memory \d+/)
      .first()
      .waitFor()
  })

  it('says so when a file is none, and sends nothing of it', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const page = await openBackup(alice.node.clientOrigin)
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    await choose(page, Buffer.alloc(3_000_000, 0x89), 'film.mp4')
    await page.getByText('That is no such file').waitFor()
    await choose(page, '\n')
    await page.getByText('There is nothing in this file.').waitFor()
    expect(asked.filter(url => url.endsWith('/import'))).toEqual([])
  })

  it('of many entries shows how far it is, leaves the page usable, stops and goes on', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const now = Math.floor(Date.now() / 1000)
    const lines = Array.from({ length: 400 }, (_, number) =>
      JSON.stringify(
        signedEvent(personFrom('alice'), {
          content: `${number} ${'word '.repeat(2_500)}`,
          created_at: now - 900 + number,
        }),
      ),
    )
    const page = await openBackup(alice.node.clientOrigin)
    const slices: string[] = []
    const { promise: second, resolve } = Promise.withResolvers<void>()
    await page.route('**/import', async route => {
      slices.push(route.request().url())
      if (slices.length === 2) {
        resolve()
        await until('stopped', () => page.getByText('Stopped.').isVisible())
        await route.abort().catch(() => {})
      } else await route.continue()
    })
    await choose(page, `${lines.join('\n')}\n`)
    await second
    await page.getByRole('progressbar').waitFor()
    await expectNoViolations(page)
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped. What was read is kept.').waitFor()
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByText('The file is read to its end.').waitFor()
    await page.getByText('400 new').waitFor()
    expect(slices.length).toBeGreaterThan(5)
  })
})
