import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { createBook } from '../../../src/web/state/book.ts'
import { ancestorsOf, answersBelow, answersOf, isTopLevel, repostedId } from '../../../src/web/state/thread.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'

const ALICE = strangerKey('alice')
const BOB = strangerKey('bob')

const id = (name: string) => strangerKey(`event ${name}`)

function reply(to: NostrEvent, root: NostrEvent, created_at: number, content = '') {
  const tags =
    to === root
      ? [['e', root.id, '', 'root']]
      : [
          ['e', root.id, '', 'root'],
          ['e', to.id, '', 'reply'],
        ]
  return unsignedEvent(BOB, { created_at, tags, content })
}

describe('what a post answers', () => {
  it.each([
    ['nothing', [], undefined],
    ['the root alone', [['e', id('a'), '', 'root']], { root: id('a'), parent: id('a') }],
    [
      'a reply below a root, with its author',
      [
        ['e', id('a'), '', 'root', ALICE],
        ['e', id('b'), '', 'reply', BOB],
      ],
      { root: id('a'), parent: id('b'), author: BOB },
    ],
    ['a reply without a root', [['e', id('b'), '', 'reply']], { root: id('b'), parent: id('b') }],
    [
      'the old order: first the root, last what is answered',
      [
        ['e', id('a')],
        ['e', id('x')],
        ['e', id('b')],
        ['p', ALICE],
      ],
      { root: id('a'), parent: id('b'), author: ALICE },
    ],
    ['a mention is no answer', [['e', id('a'), '', 'mention']], undefined],
    [
      'a quote is no answer',
      [
        ['e', id('a')],
        ['q', id('a')],
      ],
      undefined,
    ],
    ['what is no id counts for nothing', [['e', 'x', '', 'root'], ['e'], ['p', 'nobody']], undefined],
  ])('%s', (_, tags, expected) => {
    const event = unsignedEvent(ALICE, { tags })
    expect(answersOf(event)).toEqual(expected)
    expect(answersOf(event), 'asked again').toEqual(expected)
    expect(isTopLevel(event)).toBe(expected === undefined)
  })

  it('is asked of posts only', () => {
    expect(answersOf(unsignedEvent(ALICE, { kind: 7, tags: [['e', id('a')]] }))).toBeUndefined()
  })

  it('a repost passes on the last event that it names', () => {
    const tags = [
      ['e', id('a')],
      ['e', id('b')],
      ['p', ALICE],
      ['p', 'x'],
    ]
    expect(repostedId(unsignedEvent(BOB, { kind: 6, tags }))).toEqual({ id: id('b') })
    expect(repostedId(unsignedEvent(BOB, { kind: 16, tags: tags.slice(0, 3) }))).toEqual({ id: id('b'), author: ALICE })
    expect(repostedId(unsignedEvent(BOB, { kind: 1, tags }))).toBeUndefined()
    expect(repostedId(unsignedEvent(BOB, { kind: 6 }))).toBeUndefined()
  })
})

describe('a conversation', () => {
  it('has each answer behind what it answers, the oldest first', () => {
    const book = createBook()
    const root = unsignedEvent(ALICE, { content: 'root', created_at: 1 })
    const first = reply(root, root, 2, 'first')
    const second = reply(root, root, 3, 'second')
    const late = reply(first, root, 9, 'to the first')
    const deep = reply(late, root, 10, 'deeper')
    book.add([deep, second, late, root, first])
    expect(answersBelow(book, root).map(({ event, level }) => [event.content, level])).toEqual([
      ['first', 0],
      ['to the first', 1],
      ['deeper', 2],
      ['second', 0],
    ])
    expect(ancestorsOf(book, deep).map(({ content }) => content)).toEqual(['root', 'first', 'to the first'])
  })

  it('may be as deep as somebody likes', () => {
    const book = createBook()
    const root = unsignedEvent(ALICE, { created_at: 1 })
    const chain = [root]
    for (let i = 2; i < 3_000; i++) chain.push(reply(chain.at(-1)!, root, i))
    book.add(chain)
    expect(answersBelow(book, root)).toHaveLength(chain.length - 1)
    expect(ancestorsOf(book, chain.at(-1)!).length).toBeGreaterThanOrEqual(1_000)
  })

  it('ends also where posts name each other in a circle', () => {
    const one = { ...unsignedEvent(ALICE), id: id('one'), tags: [['e', id('two'), '', 'reply']] }
    const two = { ...unsignedEvent(ALICE), id: id('two'), tags: [['e', id('one'), '', 'reply']] }
    const book = createBook()
    book.add([one, two])
    expect(answersBelow(book, one).map(({ event }) => event.id)).toEqual([id('two')])
    expect(ancestorsOf(book, one).map(event => event.id)).toEqual([id('two')])
  })
})
