/** R12.1 of specification/rest-api.md: the address that the node prints, as somebody copies it or scans it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { npubOf } from '../../src/event/npub.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { startTestNode } from '../support/test-node.ts'
import { useBrowser } from './support/browser.ts'
import { serveProcess } from './support/served-process.ts'

const ELSEWHERE = { extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } }

describe('the address that is printed', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('opens the page of the program, and the code leaves the address', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'nostrp2p-test-'))
    cleanUp.add(() => rm(dataDir, { recursive: true, force: true }))
    const port = await freePortPair()
    const flags = ['-p', npubOf(personFrom('alice').pubkey)]
    const { clientUrl, origin } = await serveProcess(cleanUp, { port, dataDir, flags })
    expect(clientUrl).toMatch(/\/k\/[0-9a-f]{32}$/)
    const page = await browser.open(cleanUp, ELSEWHERE)
    await page.goto(clientUrl)
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/')
    const answer = await fetch(`${clientUrl}?a=1`, { redirect: 'manual' })
    const code = clientUrl.split('/').at(-1)
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `${code}/?a=1`])
    const asRelay = await fetch(clientUrl, { headers: { Accept: 'application/nostr+json' }, redirect: 'manual' })
    expect([asRelay.status, asRelay.headers.get('content-type')]).toEqual([200, 'application/nostr+json'])
    expect((await fetch(`${origin}/`, { redirect: 'manual' })).status).toBe(200)
  })

  it('opens what is kept also while the node is away', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    await alice.post({ content: 'before the storm' })
    const page = await browser.open(cleanUp)
    const address = `${alice.node.clientOrigin}/k/${alice.node.token}`
    await page.goto(address)
    await page.getByText('before the storm').waitFor()
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.waitForFunction(async () => (await caches.match('./')) !== undefined)
    await alice.node.stop()
    await page.goto(address)
    await page.getByText('before the storm').waitFor()
    await page.getByText('Your node does not answer').waitFor()
  })
})
