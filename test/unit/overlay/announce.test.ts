import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { RecordEnvelope } from '@libp2p/peer-record'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRejection, verdictOf } from '../../../src/event/rejection.ts'
import { type OpenedAnnouncement, openAnnouncement, sealAnnouncement } from '../../../src/overlay/announce.ts'
import { messageId } from '../../../src/overlay/gossipsub.ts'
import { encodeAnnouncement } from '../../../src/wire/announcement.ts'
import { MAX_ANNOUNCEMENT_BYTES } from '../../../src/wire/limits.ts'
import { strangerKey } from '../../support/events.ts'
import { messageId as plainMessageId } from '../../support/raw-peer.ts'
import { SEED } from '../../support/seed.ts'

const NOW = 1_700_000_000
const DAY = 24 * 3600
const key = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(1))
const otherKey = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(2))
const peer = peerIdFromPrivateKey(key)
const SAID: OpenedAnnouncement = {
  peer,
  issuedAt: NOW,
  addresses: ['/ip4/127.0.0.1/tcp/20000', '/dns4/node.example/tcp/20000'],
  owner: strangerKey('alice'),
  binding: new Uint8Array([1, 2, 3]),
}

/** An envelope of whatever content, properly signed. */
async function envelope(
  payload: Uint8Array,
  { domain = 'nostrp2p-announcement', type = '/nostrp2p/announcement/1' } = {},
) {
  const record = { domain, codec: Buffer.from(type), marshal: () => payload, equals: () => false }
  return (await RecordEnvelope.seal(record, key)).marshal()
}
const payloadOf = (changes: object = {}) =>
  encodeAnnouncement({
    peer: peer.toMultihash().bytes,
    issuedAt: NOW,
    addresses: [],
    owner: null,
    binding: null,
    ...changes,
  })
async function verdict(bytes: Uint8Array, now = NOW): Promise<string> {
  const opened = await openAnnouncement(bytes, now)
  return isRejection(opened) ? `${verdictOf(opened)} ${opened.rejected}` : 'good'
}

const textOf = ({ binding, ...said }: OpenedAnnouncement) => JSON.stringify([said, [...(binding ?? [])]])

describe('an announcement (O4)', () => {
  it('O4.2: comes out of its envelope as it went in', async () => {
    const opened = await openAnnouncement(await sealAnnouncement(SAID, key), NOW)
    if (isRejection(opened)) throw new Error(opened.reason)
    expect({ ...opened, peer: opened.peer.toString(), binding: [...(opened.binding ?? [])] }).toEqual({
      ...SAID,
      peer: peer.toString(),
      binding: [1, 2, 3],
    })
  })

  it('O4.2: names 16 addresses at most', async () => {
    const addresses = Array.from({ length: 20 }, (_, i) => `/ip4/127.0.0.1/tcp/${i + 1}`)
    const opened = await openAnnouncement(await sealAnnouncement({ ...SAID, addresses }, key), NOW)
    expect(!isRejection(opened) && opened.addresses).toEqual(addresses.slice(0, 16))
  })

  it('O4.2: passes over addresses that only later versions can read', async () => {
    const known = [4, 127, 0, 0, 1, 6, 0, 1]
    const addresses = [new Uint8Array([0xff, 0xff, 0x7f, 1]), new Uint8Array(known), new Uint8Array(0)]
    const opened = await openAnnouncement(await envelope(payloadOf({ addresses })), NOW)
    expect(!isRejection(opened) && opened.addresses).toContain('/ip4/127.0.0.1/tcp/1')
  })

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['signed by another key than the one it speaks of', () => sealAnnouncement(SAID, otherKey), 'reject bad-signature'],
    ['of another domain', () => envelope(payloadOf(), { domain: 'libp2p-peer-record' }), 'reject malformed'],
    ['of another payload type', () => envelope(payloadOf(), { type: '/nostrp2p/announcement/2' }), 'reject malformed'],
    ['with a payload that is no announcement', () => envelope(new Uint8Array([0x90])), 'reject malformed'],
    ['with a peer that is no peer ID', () => envelope(payloadOf({ peer: new Uint8Array([1]) })), 'reject malformed'],
    ['that is empty', async () => new Uint8Array(0), 'reject malformed'],
    ['that is noise', async () => new Uint8Array(200).fill(7), 'reject malformed'],
    ['that is too large', async () => new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1), 'reject too-large'],
    [
      '15 minutes and a second ahead',
      () => sealAnnouncement({ ...SAID, issuedAt: NOW + 901 }, key),
      'ignore from-future',
    ],
    ['15 minutes ahead', () => sealAnnouncement({ ...SAID, issuedAt: NOW + 900 }, key), 'good'],
    ['48 hours old', () => sealAnnouncement({ ...SAID, issuedAt: NOW - 2 * DAY }, key), 'good'],
    ['a second older', () => sealAnnouncement({ ...SAID, issuedAt: NOW - 2 * DAY - 1 }, key), 'ignore too-old'],
  ])('O4.4: %s', async (_name, make, expected) => {
    expect(await verdict(await make())).toBe(expected)
  })

  it('O4.4: with any bit changed is rejected or says the same', async () => {
    const bytes = await sealAnnouncement(SAID, key)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const changed = Uint8Array.from(bytes)
        changed[at]! ^= 1 << bit
        const opened = await openAnnouncement(changed, NOW)
        // Protobuf has several forms of the same message; what it says is under the signature.
        if (!isRejection(opened)) expect(textOf(opened)).toBe(textOf(SAID))
      }),
      { seed: SEED, numRuns: 150 },
    )
  })

  it('O4.4: random bytes are rejected, and never an exception', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async bytes => {
        expect(await verdict(bytes)).toMatch(/^reject/)
      }),
      { seed: SEED, numRuns: 200 },
    )
  })
})

describe('the message id (O5.2)', () => {
  it('O5.2: is the first 20 bytes of SHA-256 over length of the topic, topic and data', () => {
    const data = Buffer.from('data')
    expect(Buffer.from(messageId('/a', data)).toString('hex')).toBe(
      Buffer.from(plainMessageId('/a', data)).toString('hex'),
    )
    expect(messageId('/a', data)).toHaveLength(20)
  })

  it('O5.2: tells the same bytes of two topics apart, and no split is like another', () => {
    const ids = [messageId('a', Buffer.from('bc')), messageId('ab', Buffer.from('c')), messageId('abc', Buffer.of())]
    expect(new Set(ids.map(id => Buffer.from(id).toString('hex'))).size).toBe(3)
  })
})
