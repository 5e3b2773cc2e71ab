/** A page away from home, all the way, in a real browser: paired, direct, live, shut out, without the public node. */
import type { Page } from 'playwright-core'
import { describe, it } from 'vitest'
import type { Pairing } from '../../src/wire/away.ts'
import type { Device, Devices } from '../../src/wire/devices.ts'
import { useCleanUp } from '../support/clean-up.ts'
import type { TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { startHomeNode, startPublicNode } from './support/away-stage.ts'
import { useBrowser } from './support/browser.ts'

const cleanUp = useCleanUp()
const browser = useBrowser()

/** What the owner does on the machine of the node. */
async function ask<T>({ node }: TestNode, path: string, method = 'GET', body?: unknown): Promise<T> {
  const response = await fetch(node.clientOrigin + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

async function pairAt(page: Page, home: TestNode, origin: string, name: string): Promise<Device> {
  const { url } = await ask<Pairing>(home, '/pairing', 'POST', { page: `${origin}/` })
  await page.goto(url!)
  await page.getByLabel('Name of this device').fill(name)
  await page.getByRole('button', { name: 'Pair' }).click()
  return until('the device', async () => {
    const { devices } = await ask<Devices>(home, '/devices')
    return devices.find(device => device.name === name && device.peer !== null)
  })
}

async function goneDirect(page: Page, between: TestNode, peer: string): Promise<void> {
  await page.getByRole('link', { name: 'Away from home, directly connected' }).waitFor()
  const isThere = async () => (await between.node.status()).peers.some(({ id }) => id === peer)
  await until('no connection to the public node', async () => !(await isThere()))
}

describe('a page away from home', () => {
  it('is paired, goes direct, hears and posts, is shut out, paired again, and needs the public node no more', {
    timeout: 90_000,
  }, async () => {
    const rita = await startPublicNode(cleanUp, 'rita')
    const home = await startHomeNode(cleanUp, 'alice', rita)
    await home.post({ content: 'written at home' })
    const page = await browser.open(cleanUp)
    // The plain address of another machine: no secure context, so neither crypto.subtle nor a service worker.
    const origin = rita.node.clientOrigin.replace('127.0.0.1', 'public.lan')

    const phone = await pairAt(page, home, origin, 'Phone')
    await page.getByText('written at home').waitFor()
    await goneDirect(page, rita, phone.peer!)
    await home.post({ content: 'live news' })
    await page.getByText('live news').waitFor()

    await page.reload()
    await page.getByText('live news').waitFor()
    await goneDirect(page, rita, phone.peer!)

    await ask(home, `/devices/${phone.id}`, 'DELETE')
    await page.getByText('no longer knows this device').waitFor()
    const again = await pairAt(page, home, origin, 'Phone again')
    await page.getByText('live news').waitFor()
    await goneDirect(page, rita, again.peer!)

    await rita.node.stop()
    await home.post({ content: 'without the public node' })
    await page.getByText('without the public node').waitFor()
  })
})
