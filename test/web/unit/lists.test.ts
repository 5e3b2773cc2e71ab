/** Which posts stand in which list: timelines, notices, mutes, the first screen. */
import { signal } from '@preact/signals'
import { describe, expect, it } from 'vitest'
import type { NostrEvent, Tag } from '../../../src/event/event.ts'
import { createBook } from '../../../src/web/state/book.ts'
import { firstScreenOf } from '../../../src/web/state/first-screen.ts'
import { hiddenBy, mutesIn } from '../../../src/web/state/mutes.ts'
import { noticesOf } from '../../../src/web/state/notices.ts'
import type { OwnList } from '../../../src/web/state/own-list.ts'
import { byPerson, everybody, following, withTag } from '../../../src/web/state/timelines.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'

const [ME, FRIEND, STRANGER] = ['me', 'friend', 'stranger'].map(strangerKey) as [string, string, string]

let clock = 0
function post(pubkey: string, content: string, tags: string[][] = [], kind = 1): NostrEvent {
  return unsignedEvent(pubkey, { content, tags, kind, created_at: ++clock })
}

const texts = (events: readonly NostrEvent[]) => events.map(({ content }) => content)

describe('timelines', () => {
  const hello = post(FRIEND, 'hello')
  const toMe = post(FRIEND, 'to me', [
    ['e', hello.id, '', 'root'],
    ['p', ME],
  ])
  const toStranger = post(FRIEND, 'to a stranger', [
    ['e', hello.id, '', 'root'],
    ['p', STRANGER],
  ])
  const naming = post(FRIEND, 'about a stranger', [
    ['p', STRANGER],
    ['t', 'News'],
  ])
  const own = post(ME, 'my own')
  const other = post(STRANGER, 'who is that', [['t', 'news']])
  const posts = [other, own, naming, toStranger, toMe, hello]

  it('home has the people one follows, and their answers to people one knows', () => {
    expect(texts(following(posts, ME, pubkey => pubkey === FRIEND))).toEqual([
      'my own',
      'about a stranger',
      'to me',
      'hello',
    ])
  })

  it('everybody has what stands for itself; a person everything; a hashtag whatever its case', () => {
    expect(texts(everybody(posts))).toEqual(['who is that', 'my own', 'about a stranger', 'hello'])
    expect(texts(byPerson(posts, STRANGER))).toEqual(['who is that'])
    expect(texts(withTag(posts, 'news'))).toEqual(['who is that', 'about a stranger'])
  })
})

describe('notices', () => {
  const mine = post(ME, 'mine')
  const reply = post(STRANGER, 'reply', [
    ['e', mine.id, '', 'root'],
    ['p', ME],
  ])
  const mention = post(STRANGER, 'mention', [['p', ME]])
  const quote = post(STRANGER, 'quote', [
    ['q', mine.id],
    ['p', ME],
  ])
  const like = post(
    FRIEND,
    '+',
    [
      ['e', mine.id],
      ['p', ME],
    ],
    7,
  )
  const again = post(
    FRIEND,
    '🤙',
    [
      ['e', mine.id],
      ['p', ME],
    ],
    7,
  )
  const dislike = post(
    STRANGER,
    '-',
    [
      ['e', mine.id],
      ['p', ME],
    ],
    7,
  )
  const later = post(
    STRANGER,
    '+',
    [
      ['e', mine.id],
      ['p', ME],
    ],
    7,
  )
  const toOther = post(
    STRANGER,
    '+',
    [
      ['e', reply.id],
      ['p', ME],
    ],
    7,
  )
  const repost = post(
    FRIEND,
    '',
    [
      ['e', mine.id],
      ['p', ME],
    ],
    6,
  )
  const own = post(ME, 'to myself', [
    ['e', mine.id, '', 'root'],
    ['p', ME],
  ])
  const book = createBook()
  book.add([mine, reply, mention, quote, like, again, dislike, later, toOther, repost, own])

  it('are what others did to the owner; likes of one post are one, each person once', () => {
    const notices = noticesOf(book, ME)
    expect(notices.map(({ what }) => what)).toEqual(['repost', 'like', 'quote', 'mention', 'reply'])
    expect(notices[1]).toMatchObject({ post: mine, at: later.created_at })
    expect('by' in notices[1]! && notices[1].by.map(({ pubkey }) => pubkey)).toEqual([STRANGER, FRIEND])
  })

  it('can be counted from a moment on, without what is muted', () => {
    expect(noticesOf(book, ME, { since: like.created_at - 1 }).map(({ what }) => what)).toEqual(['repost', 'like'])
    expect(noticesOf(book, ME, { since: repost.created_at })).toEqual([])
    const isHidden = ({ pubkey }: NostrEvent) => pubkey === STRANGER
    expect(noticesOf(book, ME, { isHidden }).map(({ what }) => what)).toEqual(['repost', 'like'])
  })
})

describe('mutes', () => {
  const root = post(STRANGER, 'A long story')
  const hides = (tags: readonly Tag[], event: NostrEvent) =>
    hiddenBy({ tags: signal(tags) } as unknown as OwnList, ME)(event)

  it.each<[string, Tag[], NostrEvent, boolean]>([
    ['a person', [['p', STRANGER]], root, true],
    ['another person', [['p', FRIEND]], root, false],
    ['a word, whatever its case', [['word', 'LONG']], root, true],
    ['a hashtag', [['t', 'news']], post(STRANGER, '', [['t', 'NEWS']]), true],
    ['a conversation', [['e', root.id]], post(FRIEND, '', [['e', root.id, '', 'root']]), true],
    ['its first post', [['e', root.id]], root, true],
    [
      'never the owner',
      [
        ['p', ME],
        ['word', 'my'],
      ],
      post(ME, 'my'),
      false,
    ],
    ['nothing', [], root, false],
  ])('%s', (_, tags, event, expected) => {
    expect(hides(tags, event)).toBe(expected)
  })

  it('leaves alone what it does not know, and empty entries, which would hide everything', () => {
    expect(mutesIn([['word', ''], ['p'], [], ['emoji', 'x'], ['t', 'a']])).toEqual([{ what: 't', value: 'a' }])
    expect(hides([['word', '']], root)).toBe(false)
  })
})

describe('the first screen', () => {
  it('has the newest posts of home, what they stand on, and who is who', () => {
    const book = createBook()
    const follows = unsignedEvent(ME, { kind: 3, tags: [['p', FRIEND]] })
    const names = [FRIEND, STRANGER].map(pubkey => unsignedEvent(pubkey, { kind: 0 }))
    const original = post(STRANGER, 'original')
    const repost = post(
      FRIEND,
      '',
      [
        ['e', original.id],
        ['p', STRANGER],
      ],
      6,
    )
    const many = Array.from({ length: 100 }, (_, i) => post(FRIEND, `post ${i}`))
    const latest = post(
      FRIEND,
      '',
      [
        ['e', original.id],
        ['p', STRANGER],
      ],
      6,
    )
    book.add([follows, ...names, original, repost, ...many, latest])
    const events = new Set(firstScreenOf(book, ME, pubkey => pubkey === FRIEND))
    for (const event of [follows, ...names, original, latest, many.at(-1)!]) expect(events.has(event)).toBe(true)
    expect(events.has(many[0]!)).toBe(false)
    expect(events.size).toBeLessThan(50)
  })
})
