/** What somebody sees who opens the page of their node. */
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { useBrowser } from './support/browser.ts'

describe('the timeline', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('shows what the node has, and what comes while the page is open', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'first day at the lake' })
    const page = await browser.open(cleanUp)
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByText('first day at the lake').waitFor()
    await alice.post({ content: 'second day' })
    await page.getByText('second day').waitFor()
    expect(await page.getByRole('article').count()).toBe(2)
  })

  it('asks somebody without the code for it, and opens with it', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'only for those with the code' })
    const page = await browser.open(cleanUp, { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } })
    await page.goto(`${alice.node.clientOrigin}/`)
    await page.getByRole('heading', { name: 'This node belongs to somebody' }).waitFor()
    expect(await page.content()).not.toContain('only for those')
    await page.getByLabel('Address or code').fill('not-the-right-code-0123456789')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('The node does not know this code').waitFor()
    await page.getByLabel('Address or code').fill(`${alice.node.clientOrigin}/k/${alice.node.token}`)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('only for those with the code').waitFor()
  })
})
