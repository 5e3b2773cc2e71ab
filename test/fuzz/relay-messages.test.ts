/** Whatever a client sends: one answer with a reason, or what was asked for; and the connection stays (relay.md, N2). */
import { once } from 'node:events'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ownersClient, startAlice } from '../support/access-world.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import type { RelayMessage } from '../support/relay-client.ts'
import { SEED } from '../support/seed.ts'
import { PATIENCE_MS } from '../support/until.ts'

const cleanUp = useCleanUp()
const RUNS = 1_000
const signal = () => AbortSignal.timeout(PATIENCE_MS)
const TYPES = ['EVENT', 'REQ', 'CLOSE', 'COUNT', 'AUTH', 'NEG-OPEN', 'NEG-MSG', 'NEG-CLOSE', 'EOSE', 'event', '']

const event = signNow(personFrom('alice'), { content: 'x', tags: [['t', 'a']] })
const hex = fc.oneof(fc.constant(event.id), fc.constant('f'.repeat(64)), fc.string({ maxLength: 70 }))
const number = fc.oneof(fc.constantFrom(-1, 0, 1.5, 1e21, 2 ** 32), fc.integer())
const texts = fc.array(fc.string(), { maxLength: 4 })
const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), number, texts)

const filter = fc.record(
  {
    ids: fc.oneof(fc.array(hex, { maxLength: 3 }), odd),
    authors: fc.oneof(fc.array(hex, { maxLength: 3 }), odd),
    kinds: fc.oneof(fc.array(number, { maxLength: 3 }), odd),
    '#t': fc.oneof(texts, odd),
    '#ab': texts,
    since: fc.oneof(number, odd),
    until: fc.oneof(number, odd),
    limit: fc.oneof(number, odd),
    search: fc.oneof(fc.string(), odd),
    colour: odd,
  },
  { requiredKeys: [] },
)
/** A good event with some of its fields spoiled. */
const spoiled = fc
  .record(
    {
      id: hex,
      pubkey: hex,
      created_at: fc.oneof(number, odd),
      kind: fc.oneof(number, odd),
      tags: fc.oneof(fc.array(texts, { maxLength: 3 }), odd),
      content: fc.oneof(fc.string({ unit: 'binary' }), odd),
      sig: fc.oneof(fc.constant('0'.repeat(128)), odd),
    },
    { requiredKeys: [] },
  )
  .map(fields => ({ ...event, ...fields }))
const id = fc.oneof(fc.string({ minLength: 1, maxLength: 64 }), fc.string({ minLength: 60, maxLength: 70 }), odd)
const message = fc.oneof(
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.json() },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom(...TYPES), fc.oneof(id, spoiled), fc.array(fc.oneof(filter, hex, odd), { maxLength: 4 }))
      .map(([type, first, rest]) => JSON.stringify([type, first, ...rest])),
  },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('EVENT', 'AUTH'), spoiled).map(parts => JSON.stringify(parts)) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('REQ', 'COUNT'), id, filter, filter).map(parts => JSON.stringify(parts)),
  },
)

const REASON = /^(invalid|blocked|restricted|auth-required|rate-limited|pow|error|duplicate|closed): \S|^kept /

function isGood([type, ...rest]: RelayMessage): boolean {
  if (type === 'NOTICE') return rest.length === 1 && REASON.test(String(rest[0]))
  if (type === 'OK') return rest.length === 3 && (rest[1] === true || REASON.test(String(rest[2])))
  if (type === 'CLOSED' || type === 'NEG-ERR') return rest.length === 2 && REASON.test(String(rest[1]))
  return ['EVENT', 'EOSE', 'COUNT', 'NEG-MSG', 'AUTH'].includes(type)
}

/** The two that are not answered, if their id is one. */
function isClose(text: string): boolean {
  try {
    const [type, id] = JSON.parse(text) as unknown[]
    return (
      (type === 'CLOSE' || type === 'NEG-CLOSE') &&
      typeof id === 'string' &&
      id.isWellFormed() &&
      id.length <= 64 &&
      id !== ''
    )
  } catch {
    return false
  }
}

it(`${RUNS} messages of any kind (SEED=${SEED})`, async () => {
  const node = await startAlice(cleanUp)
  const client = await ownersClient(cleanUp, node)
  const property = fc.asyncProperty(message, async text => {
    const [before, told] = [client.messages.length, once(client.socket, 'message', { signal: signal() })]
    client.sendText(text)
    if (isClose(text)) client.send('COUNT', 'after a CLOSE', { limit: 0 })
    await told
    const answer = client.messages[before]!
    if (!isGood(answer)) throw new Error(`${text} was answered by ${JSON.stringify(answer)}`)
    if (answer[0] !== 'CLOSED' && typeof answer[1] === 'string') {
      client.send('CLOSE', answer[1])
      client.send('NEG-CLOSE', answer[1])
    }
    // What else it brought about is here before this is answered.
    const last = client.messages.length
    client.send('COUNT', 'the last', { ids: [event.id] })
    const isLast = ([type, id]: RelayMessage) => type === 'COUNT' && id === 'the last'
    while (!client.messages.slice(last).some(isLast)) await once(client.socket, 'message', { signal: signal() })
  })
  await fc.assert(property, { seed: Number(SEED), numRuns: RUNS })
  expect(await client.subscribe('still here', { limit: 0 })).toEqual([])
  expect((await node.client.status()).counters['relay_messages:malformed']).toBeGreaterThan(100)
})
