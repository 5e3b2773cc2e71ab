/** The quiet column on the right of a wide screen. */
import { describe, expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { expectNoViolations } from './support/axe.ts'
import { PHONE, useBrowser } from './support/browser.ts'
import { openSignedIn } from './support/signed-in.ts'

describe('the column on the right', () => {
  const cleanUp = useCleanUp()
  const browser = useBrowser()

  it('says who is connected, suggests people and finds posts; it asks seldom, and not on a phone', async () => {
    const alice = await startTestNode(cleanUp, { owner: 'alice' })
    const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address] })
    await alice.waitFor('peer-connected')
    const { id } = await bob.post({ kind: 0, content: JSON.stringify({ name: 'Bob' }) })
    await alice.holds(id)
    await alice.post({ kind: 3, content: '', tags: [] })
    await alice.post({ content: 'A kettle sings.' })
    const page = await openSignedIn(browser, cleanUp, alice, { at: '#/everybody' })
    const asked: string[] = []
    page.on('request', request => asked.push(new URL(request.url()).pathname))
    const aside = page.getByRole('complementary', { name: 'Around you' })
    await aside.getByRole('heading', { name: 'Connected' }).waitFor()
    await aside.getByText('1 node', { exact: true }).or(aside.getByText('on this machine')).first().waitFor()
    await aside.getByRole('heading', { name: 'You may know' }).waitFor()
    await expectNoViolations(page)
    await aside.getByRole('button', { name: 'Follow' }).click()
    await until('the follow list', async () => {
      const [list] = await alice.client.req({ kinds: [3] })
      return list?.tags.some(([, pubkey]) => pubkey === bob.owner.pubkey)
    })
    await aside.getByRole('button', { name: 'Following' }).waitFor()
    await aside.getByRole('searchbox', { name: 'Search' }).fill('kettle')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Posts found' }).getByText('A kettle sings.').waitFor()
    await page.clock.install()
    await page.clock.runFor(61_000)
    expect(asked.filter(path => path === '/status').length).toBeLessThanOrEqual(3)

    const phone = await openSignedIn(browser, cleanUp, alice, { viewport: PHONE })
    const onPhone: string[] = []
    phone.on('request', request => onPhone.push(new URL(request.url()).pathname))
    await phone.reload()
    await phone.getByRole('heading', { name: 'Home' }).waitFor()
    expect(await phone.getByRole('complementary').count()).toBe(0)
    expect(onPhone.filter(path => path === '/status' || path.includes('aside'))).toEqual([])
  })
})
