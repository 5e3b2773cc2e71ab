/** Two nodes of one owner, both open to others: what is copied between them is shown at both alike (relay-access.md, A2, A5.2). */
import { expect, it } from 'vitest'
import { alice, bob, bring, dave, momentaryKeys, ownersClient, startAlice, visitor } from '../support/access-world.ts'
import { bind, seesProven } from '../support/bindings.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { signNow } from '../support/node-client.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()

it("copies are as private as what they are copies of, and guests' events are not copied", async () => {
  const home = await startAlice(cleanUp)
  const server = await startAlice(cleanUp, { bootstraps: [home.address] })
  await until('the two to know each other', async () => (await home.client.status()).peers.length === 1)
  for (const node of [home, server]) await bind(node)
  await seesProven(home, server.node.peerId)
  await seesProven(server, home.node.peerId)

  const owner = await ownersClient(cleanUp, home)
  const guests = await bring(await visitor(cleanUp, home), signNow(dave, { content: 'at home' }))
  const reply = await bring(owner, signNow(alice, { content: 'to Bob', tags: [['p', bob.pubkey]] }))
  const secret = [
    reply,
    await bring(owner, signNow(bob, { kind: 7, tags: [['p', alice.pubkey]] })),
    await bring(owner, signNow(momentaryKeys(), { kind: 1059, tags: [['p', alice.pubkey]] })),
    await bring(owner, signNow(alice, { kind: 30_078, tags: [['d', 'settings']] })),
    await bring(owner, signNow(alice, { kind: 5, tags: [['e', reply.id]] })),
  ]
  const open = await bring(owner, signNow(alice, { kind: 30_023, tags: [['d', 'article']] }))
  for (const { id } of [...secret.slice(1), open]) await server.holds(id)

  const ids = secret.map(({ id }) => id)
  for (const node of [home, server]) {
    const stranger = await visitor(cleanUp, node)
    expect(await stranger.subscribe('secret', { ids })).toEqual([])
    expect(await stranger.count({ ids: [open.id] })).toBe(1)
    expect(await (await ownersClient(cleanUp, node)).count({ ids })).toBe(4)
  }
  expect(await (await visitor(cleanUp, home)).count({ ids: [guests.id] })).toBe(1)
  expect(await (await ownersClient(cleanUp, server)).count({ ids: [guests.id] })).toBe(0)
})
