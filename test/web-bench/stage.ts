/** What every table stands on: a node with posts by people whom its owner follows, the page as it is built, and Chromium. */
import { resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { buildWeb } from '../../scripts/build-web.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { startNode } from '../../src/node.ts'
import { silent } from '../../src/observe/log.ts'
import { fillDirectory } from '../bench/filled-store.ts'
import { nowSeconds, signed, writer } from '../bench/posts.ts'
import type { Run } from '../bench/table.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { createRestClient, type RestClient } from '../support/rest-client.ts'
import { testConfig } from '../support/test-node.ts'
import { launchChromium } from '../web/support/chromium.ts'

export interface Stage {
  readonly origin: string
  readonly owner: KeyPair
  readonly client: RestClient
  readonly browser: Browser
  close(): Promise<void>
}

const AUTHORS = 20

/** @param posts that the node holds, newest now, each a second after the one before */
export async function setStage({ workspace, progress }: Run, posts: number): Promise<Stage> {
  progress('building the page')
  await buildWeb(resolve(import.meta.dirname, '../../dist/web'))
  const owner = writer('reader')
  const dataDir = workspace.folder('node')
  const authors = [owner.pubkey, ...Array.from({ length: AUTHORS }, (_, i) => writer(`author ${i}`).pubkey)]
  progress(`filling a node with ${posts} posts`)
  await fillDirectory({ dataDir, count: posts, authors, durable: false })
  const cleanUp = createCleanUp()
  const config = { ...testConfig({ owner: null, dataDir }), owner: owner.pubkey }
  const node = await startNode(config, { log: silent })
  cleanUp.add(() => node.stop())
  const client = createRestClient(node.clientOrigin)
  const lists = [
    { kind: 0, content: JSON.stringify({ name: 'Reader' }), tags: [] },
    { kind: 3, content: '', tags: authors.slice(1).map(pubkey => ['p', pubkey]) },
  ]
  for (const list of lists) await client.publish(signed(owner, { ...list, created_at: nowSeconds() }))
  const browser = await launchChromium()
  cleanUp.add(() => browser.close())
  return { origin: node.clientOrigin, owner, client, browser, close: () => cleanUp.run() }
}
