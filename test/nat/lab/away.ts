/** What the scenarios of somebody who is away begin with: a node at home, a public one, and a phone or laptop elsewhere. */
import type { Page } from 'playwright-core'
import type { Pairing } from '../../../src/wire/away.ts'
import type { Device, Devices } from '../../../src/wire/devices.ts'
import { draft } from '../../support/drafts.ts'
import { until } from '../../support/until.ts'
import type { LabNode } from './lab-node.ts'
import type { Nat } from './router.ts'
import type { HomeNode, Stage } from './stage.ts'
import { tunnelFetch } from './tunnel.ts'

export interface AwayStage {
  readonly hub: LabNode
  readonly ann: HomeNode
  /** Where the public node serves the page. */
  readonly publicPage: string
}

/** `hub` is public, `ann` is at home behind a NAT; ann follows hub's owner, and both have posted. */
export async function startAwayStage(stage: Stage, nat: Nat = 'port-restricted'): Promise<AwayStage> {
  const hub = await stage.publicNode('hub')
  const ann = await stage.home('ann', { nat })
  await hub.start()
  await ann.start()
  await ann.client.publish({ kind: 3, tags: [['p', hub.client.keys.pubkey]] })
  await ann.client.publish(draft.post('written at home'))
  await until(
    'that ann is found and hub has doors',
    async () => {
      const { reachability } = await ann.status()
      return reachability.relays.length > 0 && (await codeHasDoors(ann))
    },
    40_000,
  )
  return { hub, ann, publicPage: `http://${hub.host.cable.v4}:20001/` }
}

/** Whether a browser would find its way by what the node tells. */
async function codeHasDoors(node: LabNode): Promise<boolean> {
  const { addresses } = await atHome<{ addresses: string[] }>(node, '/away')
  return addresses.some(address => address.includes('/ws/'))
}

/** What the owner does on the machine of the node. */
export async function atHome<T>(node: LabNode, path: string, method = 'GET', body?: unknown): Promise<T> {
  const response = await tunnelFetch(node.host.space)(`http://127.0.0.1:20001${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

/** Posts of 60 kB by the node's owner, so many bytes together. */
export async function fillWithHistory({ client }: LabNode, bytes: number): Promise<void> {
  const each = 60_000
  for (let done = 0; done < bytes; done += each) await client.publish(draft.post(`${done} `.padEnd(each, 'history ')))
}

/** A code for a device that opens this page. */
export function newCode(node: LabNode, page: string): Promise<Pairing> {
  return atHome(node, '/pairing', 'POST', { page })
}

/** Opens the code and presses the button. */
export async function pairPage(page: Page, { url }: Pairing, name: string): Promise<void> {
  await page.goto(url!)
  await page.getByLabel('Name of this device').fill(name)
  await page.getByRole('button', { name: 'Pair', exact: true }).click()
}

export async function deviceCalled(node: LabNode, name: string | RegExp): Promise<Device> {
  return until(`the device ${name}`, async () => {
    const { devices } = await atHome<Devices>(node, '/devices')
    return devices.find(device => (typeof name === 'string' ? device.name === name : name.test(device.name)))
  })
}

export function article(page: Page, text: string) {
  return page.getByRole('article').filter({ hasText: text }).first()
}

/** It shows up without anybody asking for it. */
export async function sees(page: Page, text: string, patienceMs = 20_000): Promise<void> {
  await until(
    `"${text}" in the page`,
    async () => {
      const bar = page.locator('.new-bar')
      if (await bar.isVisible()) await bar.click({ timeout: 1_000 }).catch(() => {})
      return article(page, text).isVisible()
    },
    patienceMs,
  )
}

export async function writePost(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: 'New post' }).click()
  await page.getByLabel('Text of the post').fill(text)
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  await page.getByRole('button', { name: 'Post now' }).click()
  await article(page, text).waitFor()
}

/** 30 kB. */
export const LONG_TEXT = 'words and '.repeat(3_000)

/** Events in the database of the page, by their id. */
export async function keptIds(page: Page): Promise<ReadonlySet<string>> {
  const ids = await page.evaluate(`(async () => {
    const all = await indexedDB.databases()
    const lists = await Promise.all(all.map(({ name }) => new Promise((resolve, reject) => {
      const asked = indexedDB.open(name)
      asked.onerror = () => reject(asked.error)
      asked.onsuccess = () => {
        const database = asked.result
        if (!database.objectStoreNames.contains('events')) return database.close(), resolve([])
        const keys = database.transaction('events').objectStore('events').getAllKeys()
        keys.onsuccess = () => { database.close(); resolve(keys.result) }
      }
    })))
    return lists.flat()
  })()`)
  return new Set(ids as string[])
}

export const DIRECT = 'Away from home, directly connected'
export const CIRCUIT = /Away from home, through a helper node/

export async function goesBy(page: Page, way: string | RegExp): Promise<void> {
  await page.getByText(way).first().waitFor({ state: 'visible' })
}
