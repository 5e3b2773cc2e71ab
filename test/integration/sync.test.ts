import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCleanUp } from '../support/clean-up.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'

const cleanUp = createCleanUp()
const NOW = Math.floor(Date.now() / 1000)
const WINDOW = { since: NOW - 3_600, until: NOW + 900 }

let alice: TestNode
let bob: TestNode

beforeAll(async () => {
  // By themselves they would have done it before the test does.
  const tuning = { repairMs: 0 }
  alice = await startTestNode(cleanUp, { owner: 'alice', tuning })
  bob = await startTestNode(cleanUp, { owner: 'bob', tuning })
})
afterAll(() => cleanUp.run())

describe('two nodes that compare (Y1)', () => {
  it('hold the same afterwards', async () => {
    const theirs = await alice.post({ content: 'before anybody was there' })
    const mine = await bob.post({ content: 'likewise' })
    bob = await bob.restart({ bootstraps: [alice.address] })
    await bob.waitFor('peer-connected')
    const report = await bob.node.sync.run(alice.node.peerId, WINDOW)
    expect(report).toMatchObject({ isComplete: true, roundTrips: 1, refused: 0 })
    await bob.holds(theirs.id)
    await alice.holds(mine.id)
    const again = await bob.node.sync.run(alice.node.peerId, WINDOW)
    expect(again).toMatchObject({ isComplete: true, roundTrips: 1, learned: 0, sent: 0 })
    expect(again.bytes).toBeLessThan(1024)
  })
})
