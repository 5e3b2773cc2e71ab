import { expect, it } from 'vitest'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode } from '../support/test-node.ts'
import { waitFor } from '../support/wait-for.ts'

const cleanUp = useCleanUp()

it('O4.3: a node that joins is known at once to every node of the overlay, not only to its neighbours', async () => {
  const alice = await startTestNode(cleanUp, { owner: 'alice', tuning: { wantedPeers: 0 } })
  const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [alice.address], tuning: { wantedPeers: 0 } })
  await bob.waitFor('peer-connected')
  const carol = await startTestNode(cleanUp, { owner: 'carol', bootstraps: [bob.address], tuning: { wantedPeers: 0 } })
  await carol.waitFor('peer-connected')
  await waitFor('alice knows carol', async () => (await alice.node.status()).knownNodes === 2)
  const post = await carol.post({ content: 'first day' })
  await alice.holds(post.id)
  expect((await alice.client.pull()).events).toEqual([post])
})
