/** What a post or comment answers: NIP-10 by marks and by order, NIP-22. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isHex32 } from '../../../src/event/hex.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { answersOf, COMMENT } from '../../../src/event/thread.ts'
import { strangerKey } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const A = strangerKey('a')
const B = strangerKey('b')
const C = strangerKey('c')
const ALICE = strangerKey('alice')
const BOB = strangerKey('bob')

const post = (...tags: string[][]) => answersOf({ kind: KIND.post, tags })
const comment = (...tags: string[][]) => answersOf({ kind: COMMENT, tags })

describe('what a post answers', () => {
  test('nothing: no pointer, or none to an event', () => {
    expect(post()).toBeUndefined()
    expect(post(['p', ALICE], ['e'], ['e', 'x', '', 'root'], ['e', A.toUpperCase(), '', 'reply'])).toBeUndefined()
  })

  test('by its marks', () => {
    expect(post(['e', A, '', 'root'])).toEqual({ root: A, parent: A })
    expect(post(['e', B, '', 'reply'])).toEqual({ root: B, parent: B })
    expect(post(['e', A, '', 'root'], ['e', B, '', 'reply', BOB])).toEqual({ root: A, parent: B, author: BOB })
    expect(post(['e', B, '', 'reply'], ['e', A, '', 'root'])).toEqual({ root: A, parent: B })
    expect(post(['e', A, '', 'root'], ['p', ALICE], ['p', BOB]), 'the first person').toMatchObject({ author: ALICE })
    expect(post(['e', A, '', 'root', 'x'], ['p', 'nobody']), 'no author').toEqual({ root: A, parent: A })
  })

  test('marks come before order, wherever they stand', () => {
    expect(post(['e', C], ['e', A, '', 'root'], ['e', B])).toEqual({ root: A, parent: A })
    expect(post(['e', C, '', 'mention'], ['e', B, '', 'reply'], ['e', C])).toEqual({ root: B, parent: B })
  })

  test('by order: first the root, last what is answered', () => {
    expect(post(['e', A])).toEqual({ root: A, parent: A })
    expect(post(['e', A], ['e', B], ['e', C, 'wss://a.example'])).toEqual({ root: A, parent: C })
    expect(post(['e', A, '', ''], ['e', B, '', ALICE]), 'a key in the place of the mark').toEqual({
      root: A,
      parent: B,
    })
  })

  test('what has a mark of another meaning is no answer', () => {
    expect(post(['e', A, '', 'mention'])).toBeUndefined()
    expect(post(['e', A, '', 'fork'])).toBeUndefined()
    expect(post(['e', A, '', 'Root'])).toBeUndefined()
    expect(post(['e', A], ['e', B, '', 'mention'])).toEqual({ root: A, parent: A })
    expect(post(['e', A], ['e', B, '', 'source'])).toEqual({ root: A, parent: A })
  })

  test('a quote is none, unless it is marked so', () => {
    expect(post(['e', A], ['q', A])).toBeUndefined()
    expect(post(['e', A], ['e', B], ['q', B])).toEqual({ root: A, parent: A })
    expect(post(['e', A, '', 'root'], ['q', A])).toEqual({ root: A, parent: A })
    expect(post(['q', A], ['p', ALICE])).toBeUndefined()
  })
})

test('a comment answers its small e; the capital one is the root', () => {
  expect(comment(['e', A, '', ALICE])).toEqual({ root: A, parent: A, author: ALICE })
  expect(comment(['E', A, '', ALICE], ['e', B, '', BOB], ['p', ALICE])).toEqual({ root: A, parent: B, author: BOB })
  expect(comment(['I', 'https://a.example'], ['i', 'https://a.example'], ['p', ALICE])).toBeUndefined()
})

test('other kinds answer nothing', () => {
  for (const kind of [KIND.reaction, KIND.repost, KIND.deletion, 42]) {
    expect(answersOf({ kind, tags: [['e', A, '', 'reply']] })).toBeUndefined()
  }
})

test('whatever the tags are, what comes is in them', () => {
  const part = fc.constantFrom('e', 'E', 'p', 'q', '', 'root', 'reply', 'mention', 'x', A, B, C, ALICE)
  const tags = fc.array(fc.array(part, { maxLength: 6 }), { maxLength: 8 })
  fc.assert(
    fc.property(fc.constantFrom(KIND.post, COMMENT), tags, (kind, given) => {
      const answers = answersOf({ kind, tags: given })
      if (answers === undefined) return
      const named = given.flatMap(([name, id]) => (name === 'e' || name === 'E' ? [id] : []))
      expect(named).toEqual(expect.arrayContaining([answers.root, answers.parent]))
      expect(answers.author === undefined || isHex32(answers.author)).toBe(true)
    }),
    { seed: SEED, numRuns: 2_000 },
  )
})
