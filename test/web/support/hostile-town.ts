/** A node to which a crowd of forgers have come: what they write and call themselves is meant to do harm. */
import type { NostrEvent } from '../../../src/event/event.ts'
import type { CleanUp } from '../../support/clean-up.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { startTestNode, type TestNode } from '../../support/test-node.ts'
import { FORGED_NAMES, HOSTILE_TEXTS } from './hostile-texts.ts'
import { importEvents } from './import-events.ts'

export interface HostileTown {
  readonly node: TestNode
  /** Those with forged names. */
  readonly authors: readonly string[]
  readonly posts: readonly NostrEvent[]
}

/** Alice's node, to which a crowd of forgers have come: real events with real signatures. */
export async function hostileTown(cleanUp: CleanUp): Promise<HostileTown> {
  const node = await startTestNode(cleanUp, { owner: 'alice' })
  const now = Math.floor(Date.now() / 1000)
  const forgers = FORGED_NAMES.map((_, place) => personFrom(`forger ${place}`))
  const friend = personFrom('a friend')
  await node.post({ kind: 0, content: JSON.stringify({ name: 'Alice' }) })
  const everybody = [...forgers, friend]
  await node.post({ kind: 3, tags: everybody.map(({ pubkey }) => ['p', pubkey]) })
  const profiles = forgers.map((person, place) =>
    signedEvent(person, {
      kind: 0,
      created_at: now - 1_000,
      content: JSON.stringify({
        name: FORGED_NAMES[place],
        about: HOSTILE_TEXTS[place % HOSTILE_TEXTS.length]!.slice(0, 20_000),
        picture: place === 0 ? 'javascript:alert(1)' : `data:image/svg+xml,<svg onload="pwned++"/>`,
        website: 'javascript:pwned++',
        banner: 'https://tracker.example/banner.png',
      }),
    }),
  )
  const posts = HOSTILE_TEXTS.map((content, place) =>
    signedEvent(forgers[place % forgers.length]!, {
      created_at: now - 600 + place,
      content,
      tags: place % 5 === 0 ? [['content-warning', content.slice(0, 2_000)]] : [['t', 'x'.repeat(4_000)]],
    }),
  )
  const friends = [
    signedEvent(friend, {
      kind: 0,
      created_at: now,
      content: JSON.stringify({ name: 'A friend', picture: 'https://pictures.example/followed.png' }),
    }),
    signedEvent(friend, { created_at: now, content: 'Hello from a friend.' }),
  ]
  await importEvents(node, [...profiles, ...posts, ...friends])
  return { node, authors: forgers.map(({ pubkey }) => pubkey), posts }
}
