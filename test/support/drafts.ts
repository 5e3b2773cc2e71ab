/** What people publish, as the phone client forms it. */
import type { EventTemplate, NostrEvent } from '../../src/event/event.ts'
import { KIND } from '../../src/event/kinds.ts'

type Draft = Pick<EventTemplate, 'kind' | 'tags' | 'content'>

export const draft = {
  post: (content: string): Draft => ({ kind: KIND.post, tags: [], content }),
  profile: (name: string): Draft => ({
    kind: KIND.profile,
    tags: [],
    content: JSON.stringify({ name, about: '', picture: '' }),
  }),
  follows: (pubkeys: readonly string[]): Draft => ({
    kind: KIND.follows,
    tags: pubkeys.map(pubkey => ['p', pubkey]),
    content: '',
  }),
  like: (post: NostrEvent): Draft => ({ kind: KIND.reaction, tags: pointTo(post), content: '+' }),
  reply: (post: NostrEvent, people: readonly string[], content: string): Draft => ({
    kind: KIND.post,
    tags: [['e', post.id, '', 'root'], ...people.map(pubkey => ['p', pubkey])],
    content,
  }),
  quote: (post: NostrEvent, content: string): Draft => ({
    kind: KIND.post,
    tags: [['e', post.id, '', 'mention'], ['p', post.pubkey], ['q']],
    content,
  }),
  repost: (post: NostrEvent): Draft => ({
    kind: KIND.repost,
    tags: [
      ['e', post.id, ''],
      ['p', post.pubkey],
    ],
    content: JSON.stringify(post),
  }),
  deletion: (events: readonly NostrEvent[]): Draft => ({
    kind: KIND.deletion,
    tags: events.map(event => ['e', event.id]),
    content: '',
  }),
  giftWrap: (pubkey: string): Draft => ({ kind: KIND.giftWrap, tags: [['p', pubkey]], content: 'sealed' }),
}

function pointTo(post: NostrEvent): EventTemplate['tags'] {
  return [
    ['e', post.id],
    ['p', post.pubkey],
  ]
}
