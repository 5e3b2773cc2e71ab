/** Vectors of the frames of a synchronisation (specification/sync.md, Y3). */
import { hexToBytes } from '../../src/event/hex.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { idSetOf } from '../../src/wire/id-set.ts'
import { firstMessage } from '../../src/wire/negentropy.ts'
import { encodeSyncReply, encodeSyncRequest, type SyncReply, type SyncRequest } from '../../src/wire/sync.ts'
import { malformed, NEVER, type ValidMessage } from './messages.ts'
import type { InvalidMessage } from './packet.ts'
import { ALICE, BOB, hexOf, NOW, signed } from './signing.ts'

const post = encodeEvent(signed())
const message = firstMessage(idSetOf([signed()]))

export function validSyncs(): ValidMessage[] {
  const request = (name: string, value: SyncRequest): ValidMessage => ({
    name,
    message: hexOf(encodeSyncRequest(value)),
    value: { request: plain(value) },
  })
  const reply = (name: string, value: SyncReply): ValidMessage => ({
    name,
    message: hexOf(encodeSyncReply(value)),
    value: { reply: plain(value) },
  })
  const authors = [ALICE.pubkey, BOB.pubkey]
  const taken = { type: 'taken', count: 7 } as const
  return [
    request('a window, with one event here', { type: 'open', scope: { since: NOW - 3_600, until: NOW }, message }),
    request('all events of two authors', { type: 'open', scope: { authors, since: 0 }, message }),
    request('authors from a time on, with nothing here', {
      type: 'open',
      scope: { authors: [BOB.pubkey], since: NOW },
      message: firstMessage(idSetOf([])),
    }),
    request('the next message', { type: 'message', message: hexToBytes('61') }),
    request('three places', { type: 'want', places: [0, 300, 70_000] }),
    request('an event', { type: 'events', events: [post] }),
    reply('an answer', { type: 'message', message }),
    reply('an event and one that is gone', { type: 'events', events: [post, null] }),
    reply('seven were new', taken),
    reply('no time for ten seconds', { type: 'no', reason: 'busy', value: 10_000 }),
    reply('too many', { type: 'no', reason: 'too-many', value: 250_000 }),
    reply('only from then on', { type: 'no', reason: 'since', value: NOW }),
    reply('another version', { type: 'no', reason: 'version', value: 1 }),
    {
      name: 'a further element is passed over',
      message: '93a574616b656e07c0',
      value: { reply: taken },
      readOnly: true,
    },
  ]
}

/** Neither a request nor a reply. */
export function invalidSyncs(): InvalidMessage[] {
  const open = (scope: string) => `94a46f70656e01${scope}c40161`
  return malformed({
    ...NEVER,
    'an empty array': '90',
    'an unknown type': '92a46d6f6f6ec40161',
    'a scope of another kind': open('93a56b696e64730001'),
    'a window that ends before it begins': open('93a677696e646f770201'),
    'a window from a negative time': open('93a677696e646f77ff01'),
    'no authors': open('93a7617574686f7273c40000'),
    'an author of 31 bytes': open(`93a7617574686f7273c41f${'01'.repeat(31)}00`),
    'an author as text': open(`93a7617574686f7273d920${'61'.repeat(32)}00`),
    'an empty message': '92a76d657373616765c400',
    'a message as text': '92a76d657373616765a161',
    'nothing wanted': '92a477616e7490',
    'a place that is an id': `92a477616e7491c420${'01'.repeat(32)}`,
    'no events': '92a66576656e747390',
    'an event as text': '92a66576656e747391a178',
    'a count that is nil': '92a574616b656ec0',
    'no for an unknown reason': '93a26e6fa46d6f6f6e01',
    'no without a number': '92a26e6fa462757379',
  })
}

/** Bytes as hex. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (item instanceof Uint8Array ? hexOf(item) : item)))
}
