/** Each limit of the information document is what the relay does: at the limit it goes, one beyond it does not (N7). */
import { beforeEach, describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { signed } from '../bench/posts.ts'
import { alice, dave, OPEN, ownersClient, relayTerms, startAlice, visitor } from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { strangerKey } from '../support/events.ts'
import { FROM_ELSEWHERE, type RelayClient } from '../support/relay-client.ts'
import type { TestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const now = () => Math.floor(Date.now() / 1000)

type Limits = Readonly<Record<`max_${Bounded}` | 'default_limit' | 'created_at_upper_limit', number>>
type Bounded =
  | 'message_length'
  | 'subscriptions'
  | 'filters'
  | 'limit'
  | 'subid_length'
  | 'event_tags'
  | 'content_length'

async function limits(node: TestNode, headers: Readonly<Record<string, string>> = {}): Promise<Limits> {
  const accept = 'application/nostr+json'
  const response = await fetch(node.node.clientOrigin, { headers: { accept, ...headers } })
  return ((await response.json()) as { limitation: Limits }).limitation
}

const event = (keys: KeyPair, fields: Partial<NostrEvent>) =>
  signed(keys, { kind: 1, created_at: now(), tags: [], content: 'x', ...fields })

let node: TestNode
let client: RelayClient
beforeEach(async () => {
  node = await startAlice(cleanUp, { relay: relayTerms() })
  client = await ownersClient(cleanUp, node)
})

describe('the limit of', () => {
  it('a message', async () => {
    const { max_message_length: most } = await limits(node)
    const padded = (bytes: number) => `["REQ","a",{}${' '.repeat(bytes - '["REQ","a",{}]'.length)}]`
    client.sendText(padded(most))
    await client.gets('EOSE', ([type]) => type === 'EOSE')
    client.sendText(padded(most + 1))
    expect((await client.closed).code).toBe(1009)
  })

  it('subscriptions of a connection, of the filters of one, and of its id', async () => {
    const { max_subscriptions, max_filters, max_subid_length } = await limits(node)
    expect(await client.subscribe('x'.repeat(max_subid_length), {})).toEqual([])
    client.send('REQ', 'x'.repeat(max_subid_length + 1), {})
    await client.gets('a notice', ([type]) => type === 'NOTICE')
    const filters = (count: number) => Array.from({ length: count }, (_, i) => ({ kinds: [i] }))
    expect(await client.subscribe('filters', ...filters(max_filters))).toEqual([])
    await expect(client.subscribe('filters', ...filters(max_filters + 1))).rejects.toThrow(`${max_filters} filters`)
    const one = { ids: [strangerKey('none')], limit: 0 }
    for (let i = 1; i < max_subscriptions - 1; i++) client.send('REQ', `s${i}`, one)
    expect(await client.subscribe('the last', one)).toEqual([])
    await expect(client.subscribe('one more', one)).rejects.toThrow(`${max_subscriptions} subscriptions`)
  })

  it('stored events for one filter, with a limit and without', async () => {
    const { max_limit, default_limit } = await limits(node)
    const at = now()
    for (let from = 0; from <= max_limit; from += 500) {
      const some = Array.from({ length: Math.min(500, max_limit + 1 - from) }, (_, i) => from + i)
      await Promise.all(some.map(i => client.publish(event(alice, { content: `${i}`, created_at: at - i }))))
    }
    expect(await client.count({})).toBe(max_limit + 1)
    expect(await client.subscribe('a', { limit: max_limit })).toHaveLength(max_limit)
    expect(await client.subscribe('b', { limit: max_limit + 1 })).toHaveLength(max_limit)
    expect(await client.subscribe('c', {})).toHaveLength(default_limit)
  })

  it('tags and content of an event, and of its time', async () => {
    const { max_event_tags, max_content_length, created_at_upper_limit } = await limits(node)
    const tags = (count: number) => Array.from({ length: count }, (_, i) => ['t', `${i}`])
    const taken = [
      { tags: tags(max_event_tags) },
      { content: 'x'.repeat(max_content_length) },
      { created_at: now() + created_at_upper_limit - 5 },
    ]
    const refused = [
      { tags: tags(max_event_tags + 1) },
      { content: 'x'.repeat(max_content_length + 1) },
      { created_at: now() + created_at_upper_limit + 30 },
    ]
    for (const fields of taken) expect(await client.publish(event(alice, fields))).toEqual({ ok: true, text: '' })
    for (const fields of refused) {
      const { ok, text } = await client.publish(event(alice, fields))
      expect([ok, text]).toEqual([false, expect.stringMatching(/^invalid: /)])
    }
  })

  it("a guest's content is smaller, and that is what a guest is told", async () => {
    node = await startAlice(cleanUp, { relay: OPEN })
    const { max_content_length: most } = await limits(node, FROM_ELSEWHERE)
    expect(most).toBeLessThan((await limits(node)).max_content_length)
    const guest = await visitor(cleanUp, node)
    expect((await guest.publish(event(dave, { kind: 30_023, content: 'x'.repeat(most) }))).ok).toBe(true)
    const { ok, text } = await guest.publish(event(dave, { content: 'x'.repeat(most + 384) }))
    expect([ok, text]).toEqual([false, expect.stringMatching(/^invalid: .*65536 bytes/)])
  })
})

describe('what the document says of rights', () => {
  it.each([
    ['owner', 'owner', 0, { auth_required: true, restricted_writes: true, min_pow_difficulty: 0 }],
    ['anyone', 'owner', 0, { auth_required: false, restricted_writes: true, min_pow_difficulty: 0 }],
    ['anyone', 'listed', 24, { auth_required: false, restricted_writes: true, min_pow_difficulty: 24 }],
    ['anyone', 'anyone', 24, { auth_required: false, restricted_writes: true, min_pow_difficulty: 24 }],
    ['anyone', 'anyone', 0, { auth_required: false, restricted_writes: false, min_pow_difficulty: 0 }],
  ] as const)('is true for reads %s, writes %s, %i bits', async (reads, writes, pow, said) => {
    node = await startAlice(cleanUp, { relay: relayTerms({ reads, writes, pow }) })
    expect(await limits(node, FROM_ELSEWHERE)).toMatchObject({ ...said, payment_required: false })
    const stranger = await visitor(cleanUp, node)
    const asked = stranger.subscribe('a', {})
    if (said.auth_required) await expect(asked).rejects.toThrow(/^auth-required: /)
    else expect(await asked).toEqual([])
    const { ok, text } = await stranger.publish(event(dave, {}))
    expect(ok).toBe(!said.restricted_writes)
    if (writes === 'anyone' && pow > 0) expect(text).toMatch(/^pow: /)
  })
})
