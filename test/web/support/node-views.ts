/** The views of the node's page, for pictures of them: how it is, with many neighbours, with none. */
import type { Page } from 'playwright-core'
import { npubOf } from '../../../src/event/npub.ts'
import type { PeerStatus, PeerWay } from '../../../src/wire/peer-status.ts'
import { personFrom } from '../../support/events.ts'

export const NODE_VIEWS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  node: page => show(page, '#/node', 'Connected nodes'),
  async 'node-check'(page) {
    await show(page, '#/node', 'Connected nodes')
    await page.getByRole('button', { name: 'Check the node now' }).click()
    await page.getByText(/things? to do$|all is well/).waitFor()
    await page.getByText(/things? to do$|all is well/).scrollIntoViewIfNeeded()
  },
  'node-alone': page => withPeers(page, 0, 'Who is connected'),
  'node-many': page => withPeers(page, 17, 'Connected nodes'),
  'node-crowd': page => withPeers(page, 128, 'Connected nodes'),
  'node-log': page => show(page, '#/node/log', 'Log'),
}

/** By the heading or label that it has. */
async function show(page: Page, hash: string, label: string): Promise<void> {
  await page.evaluate(to => location.assign(to), hash)
  await page.getByLabel(label, { exact: true }).first().waitFor()
}

/** So many do not fit on one machine: the answer of the real node gets more of them. */
async function withPeers(page: Page, count: number, label: string): Promise<void> {
  await page.route('**/status', async route => {
    const response = await route.fetch()
    const status = (await response.json()) as { peers: PeerStatus[] }
    const peers = Array.from({ length: count }, (_, i) => peerLike(status.peers, i))
    await route.fulfill({ response, json: { ...status, peers } })
  })
  await page.evaluate(() => location.assign('#/home'))
  await page.getByRole('article').first().waitFor()
  await show(page, '#/node', label)
  await page.unroute('**/status')
}

const WAYS: readonly PeerWay[] = ['direct', 'lan', 'direct', 'helper', 'direct', 'helper']

function peerLike(real: readonly PeerStatus[], i: number): PeerStatus {
  const like = real[i % real.length]!
  const isReal = i < real.length
  return {
    ...like,
    id: `peer ${i}`,
    way: WAYS[i % WAYS.length]!,
    owner: isReal ? like.owner : i % 9 === 8 ? null : npubOf(personFrom(`neighbour ${i}`).pubkey),
    proven: i % 3 === 0,
    rttMs: i % 4 === 3 ? null : 8 + 13 * i,
  }
}
