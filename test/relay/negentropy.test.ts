/** NIP-77 over a WebSocket (specification/relay.md, N2.9): two sides find out what they lack. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { bytesToHex, hexToBytes } from '../../src/event/hex.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { idSetOf } from '../../src/wire/id-set.ts'
import { firstMessage, readAnswer } from '../../src/wire/negentropy.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { connectRelay, type RelayClient } from '../support/relay-client.ts'
import { startTestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const NOW = Math.floor(Date.now() / 1000)

let client: RelayClient
let events: VerifiedEvent[]

beforeEach(async () => {
  const { node } = await startTestNode(cleanUp, { owner: 'alice' })
  client = await connectRelay(cleanUp, node.clientOrigin)
  events = Array.from({ length: 60 }, (_, i) =>
    signedEvent(alice, { created_at: NOW - i, content: `${i}`, kind: 1 + (i % 2) * 6 }),
  )
  for (const event of events.slice(10)) expect((await client.publish(event)).ok).toBe(true)
})

/** Goes on until both sides are known. */
async function reconcile(id: string, filter: object, own: readonly VerifiedEvent[]) {
  const set = idSetOf(own)
  const have: string[] = []
  const need: string[] = []
  let message: Uint8Array | undefined = firstMessage(set)
  for (let rounds = 0; message !== undefined; rounds++) {
    const before = client.messages.length
    if (rounds === 0) client.send('NEG-OPEN', id, filter, bytesToHex(message))
    else client.send('NEG-MSG', id, bytesToHex(message))
    const answer = await client.gets('an answer', found => client.messages.indexOf(found) >= before)
    expect(answer.slice(0, 2)).toEqual(['NEG-MSG', id])
    const read = readAnswer(set, hexToBytes(String(answer[2])), 60_000)
    if (isRejection(read)) throw new Error(read.reason)
    have.push(...read.have)
    need.push(...read.need)
    message = read.next
  }
  client.send('NEG-CLOSE', id)
  return { have: have.sort(), need: need.sort() }
}

function idsOf(some: readonly VerifiedEvent[]): string[] {
  return some.map(({ id }) => id).sort()
}

describe('two sets', () => {
  it('are compared, whatever the limit says, and only within the filter', async () => {
    expect(await reconcile('all', { limit: 1 }, events.slice(0, 40))).toEqual({
      have: idsOf(events.slice(0, 10)),
      need: idsOf(events.slice(40)),
    })
    const likes = events.filter(({ kind }) => kind === 7)
    expect(await reconcile('likes', { kinds: [7] }, [])).toEqual({
      have: [],
      need: idsOf(likes.filter(event => events.indexOf(event) >= 10)),
    })
  })

  it('may be compared under the id of an open subscription; the same id again begins anew', async () => {
    await client.subscribe('a', { limit: 0 })
    client.send('NEG-OPEN', 'a', {}, bytesToHex(firstMessage(idSetOf([]))))
    expect((await reconcile('a', {}, events)).need).toEqual([])
  })
})

describe('bad input', () => {
  it.each<[string, unknown[], RegExp]>([
    ['a filter that is none', ['NEG-OPEN', 'n', 5, '61'], /^invalid: /],
    ['no message', ['NEG-OPEN', 'n', {}], /^invalid: .*hex/],
    ['half a byte', ['NEG-OPEN', 'n', {}, '616'], /^invalid: .*hex/],
    ['nonsense', ['NEG-OPEN', 'n', {}, '61ff'], /^invalid: /],
    ['a session that is not open', ['NEG-MSG', 'n', '61'], /^closed: /],
  ])('gets an error: %s', async (_, message, reason) => {
    client.send(...message)
    const answer = await client.gets('an error', ([type]) => type === 'NEG-ERR')
    expect(answer.slice(1)).toEqual(['n', expect.stringMatching(reason)])
    expect(await client.subscribe('still here', { limit: 0 })).toEqual([])
  })

  it('that is told as an error ends the session (NIP-77)', async () => {
    client.send('NEG-OPEN', 'n', {}, bytesToHex(firstMessage(idSetOf(events))))
    await client.gets('an answer', ([type]) => type === 'NEG-MSG')
    client.send('NEG-MSG', 'n', 'half a byte')
    await client.gets('an error', ([type, , reason]) => type === 'NEG-ERR' && /hex/.test(String(reason)))
    client.send('NEG-MSG', 'n', bytesToHex(firstMessage(idSetOf(events))))
    await client.gets('an error', ([type, , reason]) => type === 'NEG-ERR' && /^closed: /.test(String(reason)))
  })

  it('of more than four sessions at once is refused', async () => {
    const first = bytesToHex(firstMessage(idSetOf([])))
    for (let i = 0; i < 5; i++) client.send('NEG-OPEN', `n${i}`, {}, first)
    expect((await client.gets('an error', ([type]) => type === 'NEG-ERR')).slice(1)).toEqual([
      'n4',
      expect.stringMatching(/^blocked: /),
    ])
  })
})
