/** Nothing that is private to the owner is shown to anybody else, however they ask (relay-access.md, A3). */
import { beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import {
  alice,
  bob,
  bring,
  carol,
  dave,
  momentaryKeys,
  openEvents,
  ownersClient,
  privateEvents,
  reconcile,
  SEARCHED,
  startAlice,
  visitor,
} from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { signNow } from '../support/node-client.ts'
import type { RelayClient } from '../support/relay-client.ts'
import { listPubkeys } from '../support/relay-manager.ts'
import type { TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
let node: TestNode
let owner: RelayClient
let post: NostrEvent
let secret: Readonly<Record<string, NostrEvent>>
let open: Readonly<Record<string, NostrEvent>>

beforeEach(async () => {
  node = await startAlice(cleanUp)
  await listPubkeys(node, alice, [carol.pubkey])
  owner = await ownersClient(cleanUp, node)
  post = await bring(owner, signNow(alice, { content: SEARCHED }))
  secret = privateEvents(post)
  open = { post, ...openEvents(post) }
})

const others: readonly (readonly [string, KeyPair | undefined])[] = [
  ['a stranger', undefined],
  ['a guest', dave],
  ['somebody listed', carol],
  ['whom the letters were for, or by', bob],
]

/** Every question that could bring one of these events. */
function questions(events: readonly NostrEvent[]): Record<string, object> {
  const ids = events.map(({ id }) => id)
  const first = (name: string) => [
    ...new Set(events.flatMap(({ tags }) => tags.filter(tag => tag[0] === name).map(tag => tag[1]))),
  ]
  return {
    everything: {},
    'by id': { ids },
    'by author': { authors: [...new Set(events.map(({ pubkey }) => pubkey))] },
    'by kind': { kinds: [1, ...new Set(events.map(({ kind }) => kind))] },
    'by author and kind': { authors: [alice.pubkey, bob.pubkey], kinds: [1, 4, 5, 7, 13, 14, 15, 1234, 30_078] },
    'by person': { '#p': first('p') },
    'by event': { '#e': first('e') },
    'by name': { '#d': first('d') },
    'by address': { '#a': first('a') },
    'by time': { since: 1, until: 2 ** 32 - 1 },
    search: { search: SEARCHED },
  }
}

/** What of it the reader may have: a gift wrap that the owner has sent to them. */
const mine = (keys: KeyPair | undefined) => (event: NostrEvent) =>
  [1059, 21_059].includes(event.kind) && event.tags.some(([name, value]) => name === 'p' && value === keys?.pubkey)

describe.each(others)('%s', (_, keys) => {
  it('is shown none of what is stored, and everything public', async () => {
    for (const event of [...Object.values(secret), ...Object.values(open).slice(1)]) await bring(owner, event)
    // Words are looked up a moment after the event is stored.
    const quote = open.quote!.id
    await until('the last post to be found', async () => {
      const found = await owner.subscribe('words', { search: SEARCHED, kinds: [1] })
      return found.some(({ id }) => id === quote)
    })
    const reader = await visitor(cleanUp, node, keys)
    const [hidden, shown] = [Object.values(secret), Object.values(open)]
    const forMe = hidden.filter(mine(keys)).map(({ id }) => id)
    const notForMe = new Set(hidden.filter(event => !mine(keys)(event)).map(({ id }) => id))
    const asked = questions([...hidden, ...shown])
    for (const [way, filter] of Object.entries(asked)) {
      const found = (await reader.subscribe(way, filter)).map(({ id }) => id)
      expect([way, found.filter(id => notForMe.has(id))]).toEqual([way, []])
      expect([way, await reader.count(filter)]).toEqual([way, found.length])
      expect([way, [...(await reconcile(reader, way, filter))].sort()]).toEqual([way, [...found].sort()])
      // The number of the hidden does not show in how many come of the others.
      expect([way, await reader.subscribe(`${way} 1`, { ...filter, limit: 1 })]).toHaveLength(
        Math.min(1, found.length) + 1,
      )
    }
    expect((await reader.subscribe('words', { search: SEARCHED })).map(({ id }) => id)).toContain(quote)
    expect((await reader.subscribe('all', {})).map(({ id }) => id).sort()).toEqual(
      [...shown.map(({ id }) => id), ...forMe].sort(),
    )
    // One by one as well, and each of them is there for the owner, unless it was deleted.
    for (const [name, event] of Object.entries(secret)) {
      const found = await reader.subscribe('one', { ids: [event.id], kinds: [event.kind, 1] })
      expect([name, found]).toEqual([name, mine(keys)(event) ? [event] : []])
    }
  })

  it('is shown none of it live', async () => {
    const reader = await visitor(cleanUp, node, keys)
    const all = Object.values({ ...secret, ...open })
    for (const [way, filter] of Object.entries(questions(all))) await reader.subscribe(way, filter)
    for (const event of all) if (event !== post) await bring(owner, event)
    const signs = [
      { kind: 20_001, tags: [['p', bob.pubkey]] },
      { kind: 24_133, tags: [['p', bob.pubkey]] },
    ].map(fields => signNow(alice, fields))
    const wrap = signNow(momentaryKeys(), { kind: 21_059, tags: [['p', bob.pubkey]] })
    for (const event of [...signs, wrap]) await bring(owner, event)
    const last = await bring(owner, signNow(alice, { kind: 20_001, content: 'for all' }))
    await reader.gets('the last', ([type, , event]) => type === 'EVENT' && (event as NostrEvent).id === last.id)
    const allowed = new Set(
      [...Object.values(open), last, ...[...Object.values(secret), wrap].filter(mine(keys))].map(({ id }) => id),
    )
    const names = new Map(Object.entries(secret).map(([name, { id }]) => [id, name]))
    for (const way of Object.keys(questions(all))) {
      expect([
        way,
        reader
          .idsOf(way)
          .filter(id => !allowed.has(id))
          .map(id => names.get(id) ?? id),
      ]).toEqual([way, []])
    }
    expect(new Set(reader.idsOf('everything'))).toEqual(allowed)
  })
})

it('the owner is shown all of it, by this machine and by NIP-42', async () => {
  for (const event of [...Object.values(secret), ...Object.values(open).slice(1)]) await bring(owner, event)
  const deleted = new Set([secret['reply sent'], secret['reply received']].map(event => event!.id))
  const all = [...Object.values(secret), ...Object.values(open)].map(({ id }) => id).filter(id => !deleted.has(id))
  for (const reader of [owner, await visitor(cleanUp, node, alice)]) {
    expect(new Set((await reader.subscribe('all', {})).map(({ id }) => id))).toEqual(new Set(all))
  }
})
