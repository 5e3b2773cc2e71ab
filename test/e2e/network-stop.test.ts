/** A stop while busy, a node that takes no writes, and TLS: as an operator meets them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { draft } from '../support/drafts.ts'
import { httpsFetch } from '../support/https-request.ts'
import { signNow } from '../support/node-client.ts'
import { createProcesses, type Processes } from '../support/processes.ts'
import { until } from '../support/until.ts'

const STOP_MS = 5_000

let processes: Processes

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(() => processes?.endAll())

it.for(['SIGTERM', 'SIGINT'] as const)('%s in the middle of the work ends a node cleanly and soon', async signal => {
  const ann = await processes.started('ann')
  const ben = await processes.started('ben', { boot: [ann] })
  await until('that they are connected', async () => (await ben.client.status()).peers.length > 0)
  const posts = Array.from({ length: 200 }, (_, i) => signNow(ann.client.keys, draft.post(`post ${i}`)))
  const acked: NostrEvent[] = []
  const refused = new Set<number>()
  let startMs = 0
  let next = 0
  const connection = async () => {
    while (next < posts.length) {
      const post = posts[next++]!
      // A connection that is refused or cut off is an honest answer of a node that stops.
      const answer = await ann.client.tryPublish(post).catch(() => undefined)
      if (answer?.status === 200) acked.push(post)
      else if (answer !== undefined) refused.add(answer.status)
      if (acked.length === 50) {
        startMs ||= performance.now()
        ann.run().child.kill(signal)
      }
    }
  }
  await Promise.all([1, 2, 3, 4].map(connection))
  expect(await ann.run().exit).toEqual({ code: 0, signal: null })
  expect(performance.now() - startMs).toBeLessThan(STOP_MS)
  expect(ann.run().stderr()).toBe('')
  expect([...refused].filter(status => status !== 503)).toEqual([])

  await ann.start()
  const held = new Set((await ann.client.pull()).map(({ id }) => id))
  expect(acked.length).toBeGreaterThanOrEqual(50)
  expect(acked.filter(({ id }) => !held.has(id))).toEqual([])
  for (const post of acked) await ben.client.gets(post)
})

it('a node with -w false refuses every post, and passes on those of others', async () => {
  const hub = await processes.started('hub', { owner: [], flags: ['-w', 'false'] })
  const ann = await processes.started('ann', { boot: [hub] })
  const ben = await processes.started('ben', { boot: [hub], flags: ['-w=false'] })
  const answer = await hub.client.tryPublish(signNow(hub.client.keys, draft.post('let me in')))
  expect(answer).toEqual({ status: 406, body: { Error: 'Write is denied' } })
  expect((await ben.client.tryPublish(signNow(ben.client.keys, draft.post('me too')))).status).toBe(406)
  await until('that ann knows ben', async () => (await ann.client.status()).knownNodes === 2)
  const post = await ann.client.publish(draft.post('through the hub'))
  await ben.client.gets(post)
  expect(hub.run().stdout()).not.toMatch(/^ {2}claim /m)
})

it('with -s true the client side is HTTPS, with the certificate in the working directory', async context => {
  const { home } = processes
  const key = join(home, 'privkey.pem')
  const certificate = join(home, 'fullchain.pem')
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  try {
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', certificate], { stdio: 'pipe' })
  } catch (error) {
    context.skip(`openssl cannot make a certificate here: ${String(error)}`)
  }
  const request = httpsFetch(readFileSync(certificate, 'utf8'))
  const ann = await processes.started('ann', { flags: ['-s', 'true'], scheme: 'https', request })
  expect(ann.run().stdout()).toMatch(/^ {2}client +https:\/\/127\.0\.0\.1:/m)
  const post = await ann.client.publish(draft.post('in private'))
  expect(await ann.client.gets(post)).toEqual(post)
  await expect(fetch(`http://127.0.0.1:${ann.port + 1}/healthz`)).rejects.toThrow()
})

it('without a certificate -s true is refused with a sentence', async () => {
  const ann = await processes.node('ann', { flags: ['-s', 'true'] })
  await expect(ann.start()).rejects.toThrow(/fullchain\.pem/)
  expect((await ann.run().exit).code).toBe(1)
  expect(ann.run().stderr()).toMatch(/^[^\n]+\.\n$/)
})
