/** What the checker asks of an owner with two nodes, and of a node that may hold little. */
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { draft } from '../support/drafts.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { check } from './checker.ts'
import type { History, Publication } from './history.ts'

const [ann, ben] = ['ann', 'ben'].map(strangerKey) as [string, string]
/** Ann has the first node and the last. */
const OWNERS = [ann, ben, ann]
const NAMES = ['ann', 'ben', 'ann-2']
const [ANN, BEN, ANN_2] = [0, 1, 2] as const

let seconds = 1_000

const eventOf = (node: number, fields: Partial<NostrEvent>): NostrEvent =>
  unsignedEvent(OWNERS[node]!, { created_at: seconds++, ...fields })

function published(node: number, event: NostrEvent, audience: Publication['audience'], atMs: number): Publication {
  return { action: atMs, event, node, audience, outcome: 'acked', firstMs: atMs, sentMs: atMs, ackedMs: atMs + 2 }
}

/** Everybody saw what they hold, in its order. */
function found(
  publications: readonly Publication[],
  holdings: NostrEvent[][],
  changes: Partial<History> = {},
): string[] {
  const sights = holdings.map(held => held.map(({ id }, i) => ({ id, atMs: 100 + i })))
  const nothing = { rollbacks: [], clocks: [], waiting: [], crashes: [], caps: {} }
  const complaints = check({ owners: OWNERS, publications, holdings, sights, ...nothing, ...changes })
  return complaints.map(({ rule, node }) => `${rule} ${NAMES[node]}`)
}

describe('of an owner with two nodes the checker', () => {
  const note = eventOf(ANN, { kind: 30_078, tags: [['d', 'x']] })
  const like = eventOf(BEN, draft.like(eventOf(ANN, draft.post('x'))))

  it('wants what is for the owner alone at both, and nowhere else', () => {
    const publications = [published(ANN, note, [], 10)]
    expect(found(publications, [[note], [], [note]])).toEqual([])
    expect(found(publications, [[note], [], []])).toEqual(['lost ann-2'])
    expect(found(publications, [[note], [note], [note]])).toContain('leaked ben')
  })

  it('wants a letter at both, whichever of them got it', () => {
    const publications = [published(BEN, like, [ANN], 10)]
    expect(found(publications, [[like], [like], [like]])).toEqual([])
    expect(found(publications, [[like], [like], []])).toEqual(['lost ann-2'])
    expect(found(publications, [[], [like], [like]])).toEqual(['lost ann'])
  })

  it('forgives no loss with the last second that the other node can make good', () => {
    const rollbacks = [{ node: ANN, fromMs: 5, toMs: 15 }]
    const letter = [published(BEN, like, [ANN], 10)]
    expect(found(letter, [[], [like], []], { rollbacks: [...rollbacks, { ...rollbacks[0]!, node: ANN_2 }] })).toEqual(
      [],
    )
    expect(found(letter, [[], [like], [like]], { rollbacks })).toEqual(['lost ann'])
    const own = [published(ANN, note, [], 10)]
    expect(found(own, [[], [], []], { rollbacks })).toEqual([])
    expect(found(own, [[], [], [note]], { rollbacks })).toEqual(['uneven ann'])
  })

  it('wants delivered what only the other node has still', () => {
    const reply = eventOf(ANN, draft.reply(eventOf(BEN, draft.post('x')), [ben], 'a reply'))
    const publications = [published(ANN, reply, [BEN], 10)]
    const rollbacks = [{ node: ANN, fromMs: 5, toMs: 15 }]
    expect(found(publications, [[reply], [], [reply]], { rollbacks })).toEqual(['uneven ben'])
  })
})

describe('of a node that may hold little the checker', () => {
  const posts = Array.from({ length: 12 }, (_, i) => eventOf(ANN, draft.post(`post ${i}`)))
  const publications = posts.map((post, i) => published(ANN, post, 'everybody', 10 + i))
  const held = (benHolds: NostrEvent[]) => [posts, benHolds, posts]

  it("lets strangers' go while as much is held as may be, and no more than that", () => {
    expect(found(publications, held(posts.slice(2)), { caps: { [BEN]: 10 } })).toEqual([])
    expect(found(publications, held(posts.slice(2)))).toEqual(['lost ben', 'lost ben'])
    expect(found(publications, held(posts.slice(3)), { caps: { [BEN]: 10 } })).toEqual(Array(3).fill('lost ben'))
    expect(found(publications, held(posts), { caps: { [BEN]: 10 } })).toEqual(['over ben'])
  })

  it('lets as much less be held as was deleted', () => {
    const deletion = eventOf(ANN, draft.deletion([posts[11]!]))
    const all = [...publications, published(ANN, deletion, 'everybody', 50)]
    const left = [...posts.slice(0, 11), deletion]
    expect(found(all, [left, left.slice(3), left], { caps: { [BEN]: 10 } })).toEqual([])
    expect(found(all, [left, left.slice(4), left], { caps: { [BEN]: 10 } })).not.toEqual([])
  })

  it('lets nothing go that is of the owner, of whom the owner follows, or a letter', () => {
    const follows = eventOf(BEN, draft.follows([ann]))
    const all = [published(BEN, follows, 'asking', 5), ...publications]
    expect(found(all, held([follows, ...posts.slice(3)]), { caps: { [BEN]: 10 } })).toEqual(Array(3).fill('lost ben'))
    const own = eventOf(BEN, draft.post('mine'))
    const withOwn = [...publications, published(BEN, own, 'everybody', 50)]
    const others = [...posts, own]
    expect(found(withOwn, [others, posts.slice(2), others], { caps: { [BEN]: 10 } })).toEqual(['lost ben'])
    const letter = eventOf(ANN, draft.reply(own, [ben], 'a letter'))
    const withLetter = [...publications, published(ANN, letter, [BEN], 50)]
    const anns = [...posts, letter]
    expect(found(withLetter, [anns, posts.slice(2), anns], { caps: { [BEN]: 10 } })).toEqual(['lost ben'])
  })

  it('lets what has gone be shown once more', () => {
    const benHolds = posts.slice(2)
    const again = [posts[0]!, posts[0]!, ...benHolds].map(({ id }, i) => ({ id, atMs: 100 + i }))
    const others = posts.map(({ id }, i) => ({ id, atMs: 100 + i }))
    const sights = [others, again, others]
    expect(found(publications, held(benHolds), { caps: { [BEN]: 10 }, sights })).toEqual([])
    expect(found(publications, held(posts), { sights })).toContain('twice ben')
  })
})
