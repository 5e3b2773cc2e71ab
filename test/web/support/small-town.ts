/** A few people with nodes of their own, and enough said between them to fill every view. */
import type { CleanUp } from '../../support/clean-up.ts'
import { startTestNode, type TestNode } from '../../support/test-node.ts'

export interface SmallTown {
  readonly alice: TestNode
  readonly bob: TestNode
  readonly carol: TestNode
}

const LONG = `${'A long walk along the river, from the old mill to the bridge and back. '.repeat(14)}\n\nThat was all.`

/** Alice follows bob and carol; all know each other's names; posts, replies, a quote, a repost, a picture, a warning. */
export async function buildSmallTown(cleanUp: CleanUp): Promise<SmallTown> {
  const alice = await startTestNode(cleanUp, { owner: 'alice' })
  const near = { bootstraps: [alice.address] }
  const bob = await startTestNode(cleanUp, { owner: 'bob', ...near })
  const carol = await startTestNode(cleanUp, { owner: 'carol', ...near })
  await alice.waitFor('peer-connected')
  await named(alice, 'Alice', 'Gardens, maps and slow trains.')
  const bobsName = await named(bob, 'Bob', 'Bakes at night.')
  const carolsName = await named(carol, 'キャロル', '写真と自転車。')
  await alice.post({ kind: 3, content: '', tags: [bob, carol].map(({ owner }) => ['p', owner.pubkey]) })

  const bread = await bob.post({ content: 'First bread from the new oven. #bread https://pictures.example/bread.jpg' })
  await bob.post({ content: LONG })
  const lake = await carol.post({ content: '湖まで自転車で行きました。風が気持ちよかったです。 #自転車' })
  await carol.post({ content: 'The ending gives it away.', tags: [['content-warning', 'the end of a film']] })
  for (const { id } of [bread, lake, bobsName, carolsName]) await alice.holds(id)
  const reply = await alice.post({
    content: 'How long did it bake?',
    tags: [
      ['e', bread.id, '', 'root', bob.owner.pubkey],
      ['p', bob.owner.pubkey],
    ],
  })
  await bob.holds(reply.id)
  const answer = await bob.post({
    content: 'Forty minutes, at falling heat.',
    tags: [
      ['e', bread.id, '', 'root', bob.owner.pubkey],
      ['e', reply.id, '', 'reply', alice.owner.pubkey],
      ['p', alice.owner.pubkey],
    ],
  })
  const like = await carol.post({ kind: 7, content: '+', tags: likeOf(await alice.post({ content: 'Rain all day.' })) })
  for (const { id } of [answer, like]) await alice.holds(id)
  await alice.post({
    kind: 6,
    content: '',
    tags: [
      ['e', lake.id],
      ['p', carol.owner.pubkey],
    ],
  })
  return { alice, bob, carol }
}

function named(node: TestNode, name: string, about: string) {
  return node.post({ kind: 0, content: JSON.stringify({ name, about }) })
}

function likeOf({ id, pubkey }: { id: string; pubkey: string }): string[][] {
  return [
    ['e', id],
    ['p', pubkey],
  ]
}
