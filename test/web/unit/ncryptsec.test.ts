import fc from 'fast-check'
import { decrypt, encrypt } from 'nostr-tools/nip49'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../../../src/event/hex.ts'
import { attempt } from '../../../src/web/key/attempt.ts'
import { parseBunker } from '../../../src/web/key/bunker.ts'
import { checkSigned } from '../../../src/web/key/checked.ts'
import { createKeySigner } from '../../../src/web/key/here.ts'
import { lockKey, ncryptsecIn, unlockKey } from '../../../src/web/key/ncryptsec.ts'
import { personFrom, signedEvent, template } from '../../support/events.ts'

const alice = personFrom('alice')

describe('a key under a password (NIP-49)', () => {
  /** The vector of the NIP. */
  const VECTOR =
    'ncryptsec1qgg9947rlpvqu76pj5ecreduf9jxhselq2nae2kghhvd5g7dgjtcxfqtd67p9m0w57lspw8gsq6yphnm8623nsl8xn9j4jdzz84zm3frztj3z7s35vpzmqf6ksu8r89qk5z2zxfmu5gv8th8wclt0h4p'

  it('opens the vector of the NIP', async () => {
    const key = (await unlockKey(VECTOR, 'nostr')) as Uint8Array
    expect(bytesToHex(key)).toBe('3501454135014541350145413501453fefb02227e449e57cf4d3a3ce05378683')
  })

  it('is opened by other programs, and opens theirs', async () => {
    const parts: number[] = []
    const locked = await lockKey(alice.secretKey, 'ÅΩẛ̣', part => parts.push(part))
    expect(decrypt(locked, 'ÅΩẛ̣')).toEqual(alice.secretKey)
    expect(parts.length).toBeGreaterThan(2)
    const theirs = encrypt(alice.secretKey, 'x', 4)
    expect(ncryptsecIn(`a backup:\r\n${theirs.toUpperCase()}\n`)).toBe(theirs)
    expect(await unlockKey(theirs, 'x')).toEqual(alice.secretKey)
    expect(await unlockKey(theirs, 'y')).toBe('wrong-password')
  })

  it('is found in no other text, and what is damaged never throws', async () => {
    const good = encrypt(alice.secretKey, 'x', 4)
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(...'qpzry9x8'), async (at, letter) => {
        const text = `${good.slice(0, at)}${letter}${good.slice(at + 1)}`
        expect(await unlockKey(text, 'x')).toEqual(text === good ? alice.secretKey : 'damaged')
      }),
      { numRuns: 50 },
    )
    await fc.assert(fc.property(fc.string(), text => ncryptsecIn(text) === undefined))
  })
})

describe('a signer', () => {
  it('signs, speaks to itself, and after it is closed does neither', async () => {
    const secretKey = Uint8Array.from(alice.secretKey)
    const signer = createKeySigner(secretKey)
    const asked = template({ content: 'hello' })
    expect(checkSigned(asked, await signer.sign(asked), alice.pubkey)).toMatchObject(asked)
    const locked = (await signer.encrypt('muted')) as string
    expect(await signer.decrypt(locked)).toBe('muted')
    expect(await signer.decrypt('nonsense')).toEqual({ signerTrouble: 'unable' })
    signer.close()
    expect(secretKey.every(byte => byte === 0)).toBe(true)
    expect(await signer.sign(asked)).toEqual({ signerTrouble: 'locked' })
  })

  it('is believed only when the event is the one that was asked for', () => {
    const asked = template({ content: 'hello', tags: [['t', 'x']] })
    const good = signedEvent(alice, asked)
    expect(checkSigned(asked, good, alice.pubkey)).toEqual(good)
    expect(checkSigned(asked, signedEvent(personFrom('bob'), asked), alice.pubkey)).toEqual({
      signerTrouble: 'wrong-key',
    })
    for (const change of [{ content: 'hullo' }, { kind: 3 }, { created_at: 5 }, { tags: [] }]) {
      const other = signedEvent(alice, { ...asked, ...change })
      expect(checkSigned(asked, other, alice.pubkey)).toEqual({ signerTrouble: 'changed' })
    }
    for (const broken of [undefined, {}, { ...good, sig: 'f'.repeat(128) }, { ...good, id: '0'.repeat(64) }]) {
      expect(checkSigned(asked, broken, alice.pubkey)).toMatchObject({ signerTrouble: 'changed' })
    }
  })

  it('that throws anything, or never answers, is told of in a short line', async () => {
    expect(await attempt(() => Promise.reject(new Error(`no\u202e\n${'x'.repeat(5_000)}`)))).toEqual({
      signerTrouble: 'refused',
      sentence: expect.stringMatching(/^no {2}x{100,196}$/),
    })
    expect(await attempt(() => Promise.reject({ odd: true }))).toEqual({ signerTrouble: 'refused' })
    expect(await attempt(() => new Promise(() => {}), 1)).toEqual({ signerTrouble: 'silent' })
  })
})

describe('the address of a bunker', () => {
  const key = alice.pubkey
  it('names a key, where to meet, and perhaps a secret', () => {
    expect(parseBunker(` bunker://${key}?relay=wss%3A%2F%2Fr.example&relay=https://x&secret=s `)).toEqual({
      pubkey: key,
      relays: ['wss://r.example'],
      secret: 's',
    })
  })

  it.each([
    '',
    'bunker://',
    `bunker://${key}`,
    `bunker://${key}?relay=x`,
    'ann@example.com',
    `https://${key}?relay=wss://x`,
  ])('is not %j', text => expect(parseBunker(text)).toBeUndefined())
})
