/** The disk fills up: clear words, no loss, no corruption, and life goes on when there is room again. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { draft } from '../support/drafts.ts'
import { signNow } from '../support/node-client.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import type { PublishAnswer } from '../support/rest-client.ts'
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

const MIB = 1024 * 1024
const DISK_BYTES = 64 * MIB
/** What the store may still grow. */
const ROOM_BYTES = 6 * MIB
const POST_CHARS = 200_000

let processes: Processes
let disk: SmallDisk | undefined

beforeEach(async () => {
  processes = await createProcesses()
})

afterEach(async () => {
  disk?.unmount()
  disk = undefined
  await processes?.endAll()
})

/** The small disk, or a skipped test that says why. */
function smallDisk(context: TestContext): SmallDisk {
  const mounted = mountSmallDisk(join(processes.home, 'disk'), DISK_BYTES)
  if (typeof mounted === 'string') context.skip(mounted)
  disk = mounted as SmallDisk
  return disk
}

/** LevelDB packs what it writes; random digits take half their length at least. */
function incompressible(): string {
  return randomBytes(POST_CHARS / 2).toString('hex')
}

/** Large posts until one is refused. */
async function fill(node: NodeProcess): Promise<{ acked: NostrEvent[]; refused: PublishAnswer }> {
  const acked: NostrEvent[] = []
  for (let i = 0; i < (4 * ROOM_BYTES) / POST_CHARS; i++) {
    const post = signNow(node.client.keys, draft.post(incompressible()))
    const answer = await node.client.tryPublish(post)
    if (answer.status !== 200) return { acked, refused: answer }
    acked.push(post)
  }
  throw new Error('the disk took everything')
}

function expectClearRefusal({ status, body }: PublishAnswer): void {
  expect([503, 507]).toContain(status)
  expect(body.Error).toMatch(/^[A-Z][^{}]*\b(disk|space)\b[^{}]*\.$/)
  expect(body.Error).not.toMatch(/LEVEL|ENOSPC|\.ldb|\bat \w+ \(/)
}

async function expectToHave(node: NodeProcess, events: readonly NostrEvent[]): Promise<void> {
  for (const event of events) expect(await node.client.ask({ ids: [event.id] })).toEqual([event])
}

/** Publishing works: at once, or after a while. */
async function publishes(node: NodeProcess): Promise<NostrEvent> {
  return until('that the node takes posts again', () => node.client.publish(draft.post(`${performance.now()}`)))
}

describe('a disk that is full', () => {
  it('is told to client and terminal; reads go on, nothing acknowledged is lost, and room is used at once', async context => {
    const small = smallDisk(context)
    const ann = await processes.started('ann', { flags: ['--data-dir', join(small.path, 'ann')] })
    const ben = await processes.started('ben', { boot: [ann] })
    await until('that they are connected', async () => (await ben.client.status()).peers.length > 0)
    const first = await ann.client.publish(draft.post('before it all'))
    await small.leave(ROOM_BYTES)

    const { acked, refused } = await fill(ann)
    expect(acked.length).toBeGreaterThan(5)
    expectClearRefusal(refused)
    expectClearRefusal(await ann.client.tryPublish(signNow(ann.client.keys, draft.post(incompressible()))))
    await until('a line about the disk', () => /\b(disk|space)\b/.test(ann.run().stdout() + ann.run().stderr()))
    await expectToHave(ann, [first, ...acked])
    expect((await ann.client.pull()).length).toBe(acked.length + 1)
    await ann.client.status()

    await small.leave(8 * ROOM_BYTES)
    const later = await publishes(ann)
    await expectToHave(ann, [first, ...acked, later])
    for (const event of [first, ...acked, later]) await ben.client.gets(event)
    await ann.end('SIGTERM')
    await ann.start()
    await expectToHave(ann, [first, ...acked, later])
  }, 60_000)

  it('does no harm to a node that is killed on it and starts again', async context => {
    const small = smallDisk(context)
    const ann = await processes.started('ann', { flags: ['--data-dir', join(small.path, 'ann')] })
    await small.leave(ROOM_BYTES)
    const { acked } = await fill(ann)
    await small.leave(0)
    await ann.end()

    // Without any room it starts, or says why not.
    const again = await ann.start().catch(() => ann.run())
    if (again.child.exitCode !== null) {
      expect(again.child.exitCode).toBe(1)
      expect(again.stderr()).toMatch(/^[A-Z].*\b(disk|space)\b.*\.\n$/)
    } else {
      await ann.end()
    }
    await small.leave(8 * ROOM_BYTES)
    await ann.start()
    await expectToHave(ann, acked)
    await expectToHave(ann, [await publishes(ann)])
  }, 60_000)
})
