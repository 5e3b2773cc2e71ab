/** R19.3 of specification/rest-api.md: what the owner hears of at once. */
import { describe, expect, test } from 'vitest'
import type { EventTemplate, VerifiedEvent } from '../../../src/event/event.ts'
import { KIND } from '../../../src/event/kinds.ts'
import { COMMENT } from '../../../src/event/thread.ts'
import type { News } from '../../../src/flow/live.ts'
import { createNoticeOf } from '../../../src/flow/notices.ts'
import type { Source } from '../../../src/flow/source.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const NOW = 1_800_000_000
const ANN = strangerKey('ann')
const BOB = strangerKey('bob')
const CARL = strangerKey('carl')
const own = unsignedEvent(ANN, { content: 'mine' })
const other = unsignedEvent(CARL, { content: "carl's" })

function told(
  fields: Partial<EventTemplate>,
  { via = 'deliver' as Source['via'], by = BOB, muted = [] as string[] } = {},
) {
  const mutes = unsignedEvent(ANN, { kind: 10_000, tags: muted.map(pubkey => ['p', pubkey]) })
  const held = new Map<string, VerifiedEvent>([own, other].map(event => [event.id, event]))
  const noticeOf = createNoticeOf({
    owner: () => ANN,
    events: {
      get: id => held.get(id),
      newest: (_, kind) => (kind === 10_000 ? { event: mutes, position: 1 } : undefined),
    },
    rules: { has: (_, value) => value === CARL },
    clock: createFakeClock(NOW * 1000),
  })
  const event = unsignedEvent(by, { created_at: NOW, tags: [['p', ANN]], ...fields })
  const news: News = { result: 'stored', event, route: { broadcast: false, to: [] }, mark: 'private' }
  const notice = noticeOf(news, via)
  return notice && [notice.what, notice.about]
}

const p = ['p', ANN]
const e = (event: VerifiedEvent, ...marker: string[]) => ['e', event.id, '', ...marker]

describe('a notice', () => {
  test.each<[string, Partial<EventTemplate>, unknown]>([
    ['a post that names the owner', { tags: [p] }, ['mention', null]],
    ['one that answers a post of the owner', { tags: [e(own, 'root'), p] }, ['reply', own.id]],
    ['one without markers', { tags: [e(other), e(own), p] }, ['reply', own.id]],
    [
      'one that answers somebody else below it',
      { tags: [e(own, 'root'), e(other, 'reply'), p] },
      ['mention', other.id],
    ],
    ['a post that quotes', { tags: [e(own, 'mention'), p, ['q', own.id]] }, ['mention', null]],
    ['a comment', { kind: COMMENT, tags: [e(own, ANN), p] }, ['reply', own.id]],
    ['a post with a mark that nobody knows', { tags: [e(own, 'fork'), p] }, ['mention', null]],
    ['a like', { kind: KIND.reaction, content: '+', tags: [e(own), p] }, ['like', own.id]],
    ['a like of somebody else', { kind: KIND.reaction, content: '+', tags: [e(other), p, ['p', CARL]] }, undefined],
    ['a dislike', { kind: KIND.reaction, content: '-', tags: [e(own), p] }, undefined],
    ['a repost', { kind: KIND.repost, tags: [e(own), p] }, undefined],
    ['a letter', { kind: KIND.giftWrap, tags: [p] }, undefined],
    ['a post for others', { tags: [['p', CARL]] }, undefined],
    ['what is four days old', { created_at: NOW - 4 * 86_400 }, undefined],
  ])('%s', (_, fields, wanted) => {
    expect(told(fields)).toEqual(wanted)
  })

  test('is never of the owner, of who is muted, or of who is banned from the relay', () => {
    expect(told({}, { by: ANN })).toBeUndefined()
    expect(told({}, { muted: [BOB] })).toBeUndefined()
    expect(told({}, { by: CARL })).toBeUndefined()
  })

  test('comes of what others send, not of what clients bring', () => {
    const ways: Source['via'][] = [
      'client',
      'import',
      'offer',
      'guest',
      'gossip',
      'deliver',
      'own-node',
      'fetch',
      'sync',
    ]
    expect(ways.filter(via => told({}, { via }) !== undefined)).toEqual(ways.slice(4))
  })
})
