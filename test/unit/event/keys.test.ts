import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { bech32 } from '@scure/base'
import fc from 'fast-check'
import * as nip19 from 'nostr-tools/nip19'
import { describe, expect, it } from 'vitest'
import {
  generateKeyPair,
  keyPairFrom,
  npubOf,
  nsecOf,
  ownerPeerId,
  parsePublicKey,
  shortNpub,
} from '../../../src/event/keys.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { runs } from './arbitrary-events.ts'

const ONE = keyPairFrom(new Uint8Array(32).fill(1))
const reasonOf = (text: string) => {
  const result = parsePublicKey(text)
  return isRejection(result) ? result.reason : `accepted ${result}`
}

describe('key pairs (E10.1)', () => {
  it('gives the x-only public key of BIP-340', () => {
    expect(ONE.pubkey).toBe('1b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f')
  })

  it('makes another key each time', () => {
    expect(generateKeyPair().pubkey).not.toBe(generateKeyPair().pubkey)
  })
})

describe('text forms of keys (E10.2, NIP-19)', () => {
  it('writes and reads the npub and nsec that nostr-tools knows', () => {
    expect(npubOf(ONE.pubkey)).toBe('npub1rwzv24nmzfjypx2a8m264ws9vht3uxp5vpypnluuzl67n4waq78suk0wul')
    expect(nip19.decode(npubOf(ONE.pubkey))).toEqual({ type: 'npub', data: ONE.pubkey })
    expect(nip19.decode(nsecOf(ONE.secretKey))).toEqual({ type: 'nsec', data: ONE.secretKey })
  })

  it.each([
    ['npub', npubOf(ONE.pubkey)],
    ['npub with white space around it', `  ${npubOf(ONE.pubkey)}\n`],
    ['nprofile', nip19.nprofileEncode({ pubkey: ONE.pubkey, relays: ['wss://x.example'] })],
    ['hex', ONE.pubkey],
    ['upper-case hex, as a person may paste it', ONE.pubkey.toUpperCase()],
  ])('reads a public key given as %s', (_form, text) => {
    expect(parsePublicKey(text)).toBe(ONE.pubkey)
  })

  it.each([
    nsecOf(ONE.secretKey),
    nsecOf(ONE.secretKey).toUpperCase(),
    ` ${nsecOf(ONE.secretKey)}`,
    'nsec1 ',
    'nsec1qqqqq',
  ])('refuses a secret key, says that the node must never see it, and does not repeat it: %s', text => {
    expect(reasonOf(text)).toMatch(/secret key.*never see/)
    expect(reasonOf(text)).not.toContain(text.trim().slice(5) || '\n')
  })

  it.each([
    ['another NIP-19 form', nip19.noteEncode(ONE.pubkey), 'note'],
    ['nothing', '', 'npub1'],
    ['a word', 'alice', 'npub1'],
    ['a npub with a wrong letter', npubOf(ONE.pubkey).replace('rwzv', 'rwzw'), 'npub1'],
    ['63 digits', ONE.pubkey.slice(1), 'npub1'],
    ['65 digits', `${ONE.pubkey}0`, 'npub1'],
    ['hex that is no point of the curve', `${'0'.repeat(63)}5`, 'no point'],
    ['hex of zero', '0'.repeat(64), 'no point'],
    ['hex beyond the field', 'f'.repeat(64), 'no point'],
    ['a npub that is no point of the curve', npubOf(`${'0'.repeat(63)}5`), 'no point'],
    ['a npub of 31 bytes', bech32.encode('npub', bech32.toWords(new Uint8Array(31).fill(1)), 5000), 'public key'],
    ['a npub of 33 bytes', bech32.encode('npub', bech32.toWords(new Uint8Array(33).fill(1)), 5000), 'public key'],
    ['an empty npub', bech32.encode('npub', [], 5000), 'public key'],
  ])('refuses %s with a sentence', (_name, text, hint) => {
    expect(reasonOf(text)).toContain(hint)
    expect(reasonOf(text)).not.toContain('accepted')
  })

  it('shortens a npub to its first and last characters', () => {
    expect(shortNpub(ONE.pubkey)).toBe('npub1rwzv24nmz…k0wul')
  })
})

describe('owner peer ID (E10.3)', () => {
  it('is the peer ID that libp2p computes from the key with even y', () => {
    fc.assert(
      fc.property(
        fc
          .uint8Array({ minLength: 32, maxLength: 32 })
          .filter(bytes => bytes.some(byte => byte > 0) && bytes[0]! < 255),
        secret => {
          const { pubkey } = keyPairFrom(secret)
          const key = publicKeyFromRaw(Buffer.from(`02${pubkey}`, 'hex'))
          expect(ownerPeerId(pubkey)).toBe(peerIdFromPublicKey(key).toString())
        },
      ),
      runs(20),
    )
  })

  it('of the key of 32 bytes 0x01 is the one in the specification', () => {
    expect(ownerPeerId(ONE.pubkey)).toBe('16Uiu2HAkwH6Qo3H8YGaDFriNGdEM3yfpfVAVMNpqLyhBsd1iE38S')
  })
})
