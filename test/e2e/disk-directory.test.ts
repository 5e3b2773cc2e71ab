/** One data directory, two processes: the first has it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { npubOf } from '../../src/event/keys.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { createProcesses, type Processes } from '../support/processes.ts'

let processes: Processes

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(() => processes?.endAll())

it('a second process on a data directory ends with a sentence, and the first does not notice', async () => {
  const ann = await processes.started('ann')
  const before = await ann.client.publish(draft.post('before'))
  const npub = npubOf(personFrom('ann').pubkey)
  const second = processes.command(['server', '-l', `127.0.0.1:${await freePortPair()}`, '-p', npub], {
    dataHome: ann.dataHome,
  })
  expect(await second.exit).toEqual({ code: 1, signal: null })
  expect(second.stderr()).toMatch(/^[^\n]*is in use by another process\. [^\n]*--data-dir[^\n]*\.\n$/)
  expect(second.stdout()).toBe('')

  await ann.client.publish(draft.post('after'))
  await ann.client.gets(before)
  expect(await ann.end('SIGTERM')).toEqual({ code: 0, signal: null })
  await ann.start()
  expect((await ann.client.pull()).length).toBe(2)
})

it('a data directory of somebody else is refused, and left as it is', async () => {
  const ann = await processes.started('ann', { flags: ['--data-dir', `${processes.home}/shared`] })
  const post = await ann.client.publish(draft.post('mine'))
  await ann.end('SIGTERM')
  const ben = await processes.node('ben', { flags: ['--data-dir', `${processes.home}/shared`] })
  await expect(ben.start()).rejects.toThrow(`belongs to ${npubOf(ann.client.keys.pubkey)}`)
  expect((await ben.run().exit).code).toBe(1)
  await ann.start()
  await ann.client.gets(post)
})
