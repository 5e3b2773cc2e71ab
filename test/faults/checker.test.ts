/** The checker finds each sort of fault in histories that were doctored to have it, and none in those that have none. */
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import { draft } from '../support/drafts.ts'
import { strangerKey, unsignedEvent } from '../support/events.ts'
import { check } from './checker.ts'
import type { History, Publication, Rollback, Sight } from './history.ts'

const PEOPLE = ['ann', 'ben', 'cleo'].map(strangerKey)
const [ANN, BEN, CLEO] = [0, 1, 2] as const

let seconds = 1_000

function eventOf(node: number, fields: Partial<NostrEvent>): NostrEvent {
  return unsignedEvent(PEOPLE[node]!, { created_at: seconds++, ...fields })
}

const POST = eventOf(ANN, draft.post('a post'))
const LIKE = eventOf(BEN, draft.like(POST))

/** Acknowledged two milliseconds after it was sent. */
function published(
  node: number,
  event: NostrEvent,
  audience: Publication['audience'],
  atMs: number,
  outcome: Publication['outcome'] = 'acked',
): Publication {
  return { action: atMs, event, node, audience, outcome, firstMs: atMs, sentMs: atMs, ackedMs: atMs + 2 }
}

/** Nobody did anything wrong: everybody holds and saw what they have to. */
function history(publications: readonly Publication[], changes: Partial<History> = {}): History {
  const held = PEOPLE.map((_, node) =>
    publications
      .filter(
        ({ audience, node: author }) =>
          author === node || audience === 'everybody' || (audience !== 'asking' && audience.includes(node)),
      )
      .map(({ event }) => event),
  )
  const sights = held.map(events => sightsOf(...events))
  return {
    owners: PEOPLE,
    caps: {},
    publications,
    holdings: held,
    sights,
    ...{ rollbacks: [], clocks: [], waiting: [], crashes: [] },
    ...changes,
  }
}

/** Seen at 100, 101, … */
function sightsOf(...events: readonly NostrEvent[]): Sight[] {
  return events.map(({ id }, i) => ({ id, atMs: 100 + i }))
}

/** What is found, as `rule node`. */
function found(given: History): string[] {
  return check(given).map(({ rule, node }) => `${rule} ${PEOPLE[node] && ['ann', 'ben', 'cleo'][node]}`)
}

const postAndLike = [published(ANN, POST, 'everybody', 10), published(BEN, LIKE, [ANN], 20)]

describe('the checker', () => {
  it('has nothing against a history without a fault', () => {
    expect(check(history(postAndLike))).toEqual([])
  })

  it('finds a public event that is not at a node', () => {
    expect(found(history(postAndLike, { holdings: [[POST, LIKE], [POST, LIKE], []] }))).toEqual(['lost cleo'])
  })

  it('finds an acknowledged event that its own node does not have', () => {
    expect(found(history(postAndLike, { holdings: [[LIKE], [POST, LIKE], [POST]] }))).toEqual(['lost ann'])
  })

  it('finds a unicast that did not reach its recipient', () => {
    expect(found(history(postAndLike, { holdings: [[POST], [POST, LIKE], [POST]] }))).toEqual(['lost ann'])
  })

  it('lets a unicast wait in the outbox where the clock of the recipient was wrong, and only there', () => {
    const holdings = [[POST], [POST, LIKE], [POST]]
    const sights = [sightsOf(POST), sightsOf(POST, LIKE), sightsOf(POST)]
    const clocks = [{ node: ANN, fromMs: 1, toMs: 50 }]
    const waiting = [{ id: LIKE.id, to: ANN }]
    expect(found(history(postAndLike, { holdings, sights, clocks, waiting }))).toEqual([])
    expect(found(history(postAndLike, { holdings, sights, waiting }))).toEqual(['lost ann'])
    expect(found(history(postAndLike, { holdings, sights, clocks }))).toEqual(['lost ann'])
    const before = [{ node: ANN, fromMs: 1, toMs: 9 }]
    expect(found(history(postAndLike, { holdings, sights, clocks: before, waiting }))).toEqual(['lost ann'])
  })

  it('finds a unicast at somebody else, held or only seen', () => {
    const heldByCleo = {
      holdings: [
        [POST, LIKE],
        [POST, LIKE],
        [POST, LIKE],
      ],
    }
    expect(found(history(postAndLike, heldByCleo))).toContain('leaked cleo')
    const seenByCleo = { sights: [sightsOf(POST, LIKE), sightsOf(POST, LIKE), sightsOf(POST, LIKE)] }
    expect(found(history(postAndLike, seenByCleo))).toEqual(['leaked cleo'])
  })

  it('finds what nobody published, and what was changed', () => {
    const forged = eventOf(CLEO, draft.post('never sent'))
    const holdings = [
      [POST, LIKE],
      [POST, LIKE],
      [POST, forged],
    ]
    const sights = [sightsOf(POST, LIKE), sightsOf(POST, LIKE), sightsOf(POST, forged)]
    expect(found(history(postAndLike, { holdings, sights }))).toEqual(['unknown cleo'])
    const changed = { ...POST, content: 'another post' }
    expect(found(history(postAndLike, { holdings: [[POST, LIKE], [POST, LIKE], [changed]] }))).toEqual(['unknown cleo'])
  })

  it('finds what a client was shown twice, or never', () => {
    const twice = [sightsOf(POST, LIKE), sightsOf(POST, LIKE, POST), sightsOf(POST)]
    expect(found(history(postAndLike, { sights: twice }))).toContain('twice ben')
    const never = [sightsOf(POST, LIKE), sightsOf(LIKE), sightsOf(POST)]
    expect(found(history(postAndLike, { sights: never }))).toEqual(['missed ben'])
  })

  it('finds what was shown in another order than the node got it in', () => {
    const sights = [sightsOf(POST, LIKE), sightsOf(LIKE, POST), sightsOf(POST)]
    expect(found(history(postAndLike, { sights }))).toEqual(['order ben'])
  })

  it('finds what was refused and is there, and what is held twice', () => {
    const refused = [published(ANN, POST, 'everybody', 10, 'refused')]
    expect(found(history(refused))).toEqual(['refused ann', 'refused ben', 'refused cleo'])
    expect(found(history(refused, { holdings: [[], [], []], sights: [[], [], []] }))).toEqual([])
    expect(found(history(postAndLike, { holdings: [[POST, LIKE], [POST, LIKE, POST], [POST]] }))).toContain('twice ben')
  })

  it('tells of a node that ended by itself', () => {
    expect(found(history(postAndLike, { crashes: [{ node: BEN, text: 'a fault' }] }))).toEqual(['crashed ben'])
  })
})

describe('of a deletion', () => {
  const deletion = eventOf(ANN, draft.deletion([POST]))
  const publications = [published(ANN, POST, 'everybody', 10), published(ANN, deletion, 'everybody', 30)]
  const sights = PEOPLE.map(() => sightsOf(POST, deletion))
  const deleted = { holdings: PEOPLE.map(() => [deletion]), sights }

  it('it wants the deletion everywhere and what it deletes nowhere', () => {
    expect(found(history(publications, deleted))).toEqual([])
    expect(found(history(publications, { holdings: [[deletion], [POST, deletion], [deletion]], sights }))).toEqual([
      'back ben',
    ])
    expect(found(history(publications, { holdings: [[deletion], [POST], [deletion]], sights }))).toEqual([
      'back ben',
      'lost ben',
    ])
  })

  it('it lets a client see what was deleted before, not after', () => {
    const never = [sightsOf(POST, deletion), sightsOf(deletion), sightsOf(POST, deletion)]
    expect(found(history(publications, { ...deleted, sights: never }))).toEqual([])
    const after = [sightsOf(POST, deletion), sightsOf(deletion, POST), sightsOf(POST, deletion)]
    expect(found(history(publications, { ...deleted, sights: after }))).toEqual(['back ben'])
  })

  it('it does not take the word of somebody else', () => {
    const foreign = eventOf(BEN, draft.deletion([POST]))
    const both = [published(ANN, POST, 'everybody', 10), published(BEN, foreign, 'everybody', 30)]
    expect(found(history(both))).toEqual([])
    expect(found(history(both, { holdings: [[foreign], [POST, foreign], [POST, foreign]] }))).toEqual(['lost ann'])
  })

  it('it leaves what is deleted when the deletion came to nothing', () => {
    const unknown = [published(ANN, POST, 'everybody', 10), published(ANN, deletion, 'everybody', 30, 'unknown')]
    const holdings = PEOPLE.map(() => [POST])
    expect(found(history(unknown, { holdings, sights: PEOPLE.map(() => sightsOf(POST)) }))).toEqual([])
  })
})

describe('of a profile', () => {
  const old = eventOf(ANN, draft.profile('Ann'))
  const fresh = eventOf(ANN, draft.profile('Anna'))
  const publications = [published(ANN, old, 'everybody', 10), published(ANN, fresh, 'everybody', 30)]
  const sights = PEOPLE.map(() => sightsOf(old, fresh))

  it('it wants the newest everywhere, and no other', () => {
    expect(found(history(publications, { holdings: PEOPLE.map(() => [fresh]), sights }))).toEqual([])
    expect(found(history(publications, { holdings: [[fresh], [old], [fresh]], sights }))).toEqual([
      'back ben',
      'lost ben',
    ])
  })
})

describe('of what is in doubt', () => {
  it('it wants that all have it or none', () => {
    const unknown = [published(ANN, POST, 'everybody', 10, 'unknown')]
    const nowhere = { holdings: [[], [], []], sights: [[], [], []] }
    expect(found(history(unknown))).toEqual([])
    expect(found(history(unknown, nowhere))).toEqual([])
    expect(found(history(unknown, { holdings: [[], [POST], [POST]] }))).toEqual(['uneven ann'])
    expect(found(history(unknown, { holdings: [[POST], [POST], []] }))).toEqual(['uneven cleo'])
  })
})

describe('of a node that lost its last second', () => {
  const lost = (node: number): { rollbacks: Rollback[] } => ({ rollbacks: [{ node, fromMs: 5, toMs: 15 }] })
  const nowhere = { holdings: [[], [], []], sights: [[], [], []] }
  const post = [published(ANN, POST, 'everybody', 10)]

  it('it forgives that what it acknowledged then is nowhere, and only that', () => {
    expect(found(history(post, { ...nowhere, ...lost(ANN) }))).toEqual([])
    expect(found(history(post, { ...nowhere, ...lost(BEN) }))).toHaveLength(3)
    expect(found(history(post, { ...nowhere, rollbacks: [{ node: ANN, fromMs: 13, toMs: 20 }] }))).toHaveLength(3)
    expect(found(history(post, { ...lost(ANN), holdings: [[POST], [POST], []] }))).toEqual(['uneven cleo'])
  })

  it('it still wants everything public there', () => {
    expect(found(history(post, { ...lost(BEN), holdings: [[POST], [], [POST]] }))).toEqual(['lost ben'])
  })

  it('it forgives a unicast that was taken and lost then, not one that was there before or came after', () => {
    const like = [published(BEN, LIKE, [ANN], 10)]
    const gone = { holdings: [[], [LIKE], []], sights: [[], sightsOf(LIKE), []] }
    expect(found(history(like, { ...gone, ...lost(ANN) }))).toEqual([])
    const before = { ...gone, sights: [[{ id: LIKE.id, atMs: 4 }], sightsOf(LIKE), []] }
    expect(found(history(like, { ...before, ...lost(ANN) }))).toEqual(['lost ann'])
    expect(found(history(like, { ...gone, rollbacks: [{ node: ANN, fromMs: 1, toMs: 9 }] }))).toEqual(['lost ann'])
  })

  it('it lets a client see once more what it saw then, and nothing else', () => {
    const again = (firstMs: number, secondMs: number) => [
      [
        { id: POST.id, atMs: firstMs },
        { id: POST.id, atMs: secondMs },
      ],
      sightsOf(POST),
      sightsOf(POST),
    ]
    expect(found(history(post, { ...lost(ANN), sights: again(12, 20) }))).toEqual([])
    expect(found(history(post, { ...lost(ANN), sights: again(4, 20) }))).toEqual(['twice ann'])
    expect(found(history(post, { ...lost(ANN), sights: again(12, 14) }))).toEqual(['twice ann'])
    expect(found(history(post, { ...lost(BEN), sights: again(12, 20) }))).toEqual(['twice ann'])
  })

  it('it forgives that a deletion for it alone was lost with that second', () => {
    const taken = eventOf(BEN, draft.deletion([LIKE]))
    const both = [published(BEN, LIKE, [ANN], 1), published(BEN, taken, [ANN], 10)]
    const given = { holdings: [[LIKE], [taken], []], sights: [sightsOf(LIKE), sightsOf(LIKE, taken), []] }
    expect(found(history(both, { ...given, ...lost(ANN) }))).toEqual([])
    expect(found(history(both, given))).toEqual(['back ann', 'lost ann'])
  })
})
