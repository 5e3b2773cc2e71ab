/** A node whose relay is open to others, with one event of every kind that is private to its owner, and public ones. */
import { generateSecretKey } from 'nostr-tools/pure'
import type { RelayTerms } from '../../src/config.ts'
import { DEFAULTS } from '../../src/config.ts'
import type { EventTemplate, NostrEvent } from '../../src/event/event.ts'
import { bytesToHex, hexToBytes } from '../../src/event/hex.ts'
import { type KeyPair, keyPairFrom } from '../../src/event/keys.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { idSetOf } from '../../src/wire/id-set.ts'
import { firstMessage, readAnswer } from '../../src/wire/negentropy.ts'
import type { CleanUp } from './clean-up.ts'
import { personFrom } from './events.ts'
import { signNow } from './node-client.ts'
import { connectRelay, FROM_ELSEWHERE, type RelayClient } from './relay-client.ts'
import { startTestNode, type TestNode, type TestNodeOptions } from './test-node.ts'
import { until } from './until.ts'

export const alice = personFrom('alice')
export const bob = personFrom('bob')
/** Listed by the owner, and the recipient of a gift wrap that the owner has sent. */
export const carol = personFrom('carol')
/** Nobody to the owner. */
export const dave = personFrom('dave')

export function relayTerms(
  terms: Partial<Omit<RelayTerms, 'guests'>> & { guests?: Partial<RelayTerms['guests']> } = {},
) {
  return { ...DEFAULTS.relay, ...terms, guests: { ...DEFAULTS.relay.guests, ...terms.guests } }
}

export const OPEN = relayTerms({ writes: 'anyone', reads: 'anyone' })

export function startAlice(cleanUp: CleanUp, options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  return startTestNode(cleanUp, { owner: 'alice', relay: OPEN, ...options })
}

/** What the relay calls itself towards clients of this machine. */
export function relayUrl({ node }: TestNode): string {
  return node.clientOrigin.replace(/^http/, 'ws')
}

export function ownersClient(cleanUp: CleanUp, { node }: TestNode): Promise<RelayClient> {
  return connectRelay(cleanUp, node.clientOrigin)
}

/** Somebody from elsewhere; with keys they prove them. */
export async function visitor(
  cleanUp: CleanUp,
  node: TestNode,
  keys?: KeyPair,
  address = '203.0.113.7',
): Promise<RelayClient> {
  const headers = { ...FROM_ELSEWHERE, 'x-forwarded-for': address }
  const client = await connectRelay(cleanUp, node.node.clientOrigin, { headers })
  if (keys !== undefined) {
    const answer = await client.authenticate(keys, relayUrl(node))
    if (!answer.ok) throw new Error(`AUTH was refused: ${answer.text}`)
  }
  return client
}

/** A key that is used once, as gift wraps are signed (NIP-59). */
export function momentaryKeys(): KeyPair {
  return keyPairFrom(generateSecretKey())
}

/** Takes it, or the test ends with the reason. */
export async function bring(client: RelayClient, event: NostrEvent): Promise<NostrEvent> {
  const { ok, text } = await client.publish(event)
  if (!ok) throw new Error(`kind ${event.kind} was refused: ${text}`)
  return event
}

const WORD = 'marzipan'
/** In the content of every event of the world that has words, for search. */
export const SEARCHED = WORD

/** By what they are, private events that the owner's client brings: the owner's own, and what others sent the owner. */
export function privateEvents(post: NostrEvent): Readonly<Record<string, NostrEvent>> {
  const by = (keys: KeyPair, fields: Partial<EventTemplate>) => signNow(keys, { content: WORD, ...fields })
  const named = (keys: KeyPair) => [['p', keys.pubkey]]
  const reply = by(alice, { tags: [['e', post.id], ...named(bob)] })
  const received = by(bob, { tags: [['e', post.id], ...named(alice)] })
  return {
    'reply sent': reply,
    'reaction sent': by(alice, { kind: 7, tags: [['e', reply.id], ...named(bob)] }),
    'mention sent': by(alice, { content: `${WORD} nostr:bob`, tags: named(bob) }),
    'direct message sent': by(alice, { kind: 4, tags: named(bob) }),
    seal: by(alice, { kind: 13 }),
    'chat message': by(alice, { kind: 14, tags: named(bob) }),
    'file message': by(alice, { kind: 15, tags: named(bob) }),
    settings: by(alice, { kind: 30_078, tags: [['d', 'settings']] }),
    draft: by(alice, { kind: 31_234, tags: [['d', 'draft']] }),
    'draft checkpoint': by(alice, { kind: 1234 }),
    'relays of drafts': by(alice, { kind: 10_013 }),
    'wallet tokens': by(alice, { kind: 7375 }),
    'wallet history': by(alice, { kind: 7376 }),
    wallet: by(alice, { kind: 17_375 }),
    'zap request': by(alice, { kind: 9734, tags: named(bob) }),
    'gift wrap sent': by(momentaryKeys(), { kind: 1059, tags: named(bob) }),
    'reply received': received,
    'reaction received': by(bob, { kind: 7, tags: [['e', post.id], ...named(alice)] }),
    'direct message received': by(bob, { kind: 4, tags: named(alice) }),
    'gift wrap received': by(momentaryKeys(), { kind: 1059, tags: named(alice) }),
    'deletion of a reply sent': by(alice, { kind: 5, tags: [['e', reply.id]] }),
    'deletion of a reply received': by(bob, { kind: 5, tags: [['e', received.id], ...named(alice)] }),
    'deletion of settings': by(alice, { kind: 5, tags: [['a', `30078:${alice.pubkey}:old`]] }),
  }
}

/** Public events of the owner. */
export function openEvents(post: NostrEvent): Readonly<Record<string, NostrEvent>> {
  const by = (fields: Partial<EventTemplate>) => signNow(alice, { content: WORD, ...fields })
  return {
    quote: by({
      tags: [
        ['q', post.id],
        ['p', bob.pubkey],
      ],
    }),
    profile: by({ kind: 0, content: `{"name":"${WORD}"}` }),
    'follow list': by({ kind: 3, tags: [['p', bob.pubkey]] }),
    repost: by({ kind: 6, tags: [['e', post.id]], content: '' }),
    'relay list': by({ kind: 10_002 }),
    article: by({ kind: 30_023, tags: [['d', 'an article']] }),
    'deletion of an article': by({ kind: 5, tags: [['a', `30023:${alice.pubkey}:gone`]] }),
  }
}

/** Ids that a reconciliation (NIP-77) finds at the relay, by somebody who holds none of them. */
export async function reconcile(client: RelayClient, id: string, filter: object): Promise<readonly string[]> {
  const nothing = idSetOf([])
  const found: string[] = []
  client.send('NEG-OPEN', id, filter, bytesToHex(firstMessage(nothing)))
  for (let step = 0; ; step++) {
    const answers = () => client.messages.filter(([type, of]) => ['NEG-MSG', 'NEG-ERR'].includes(type) && of === id)
    const answer = await until(`answer ${step} of the reconciliation ${id}`, () => answers()[step])
    if (answer[0] === 'NEG-ERR') throw new Error(String(answer[2]))
    const differences = readAnswer(nothing, hexToBytes(String(answer[2])), 60_000)
    if (isRejection(differences)) throw new Error(differences.reason)
    found.push(...differences.need)
    if (differences.next === undefined) break
    client.send('NEG-MSG', id, bytesToHex(differences.next))
  }
  client.send('NEG-CLOSE', id)
  return found
}
