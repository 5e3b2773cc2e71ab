import { base58, base64urlnopad } from '@scure/base'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import { MAX_PAIRING_ADDRESSES, MAX_PAIRING_CODE_BYTES } from '../../../src/wire/limits.ts'
import {
  looksLikePairingCode,
  type PairingCode,
  pairingText,
  pairingUrl,
  parsePairingCode,
} from '../../../src/wire/pairing-code.ts'
import { SEED } from '../../support/seed.ts'

const NODE = '12D3KooWCtxHgqdHCTx4vAoGW4W3iZgQr2y3hJ3zLJbTB1xCHvVF'
const PUBLIC = '12D3KooWJTghSpSbiFqyUbnSxkX1JHVKjuvRgVbDZPpNyRPDUGJZ'
const CODE: PairingCode = {
  node: NODE,
  owner: 'ab'.repeat(32),
  addresses: [
    `/ip4/203.0.113.5/tcp/20002/ws/p2p/${PUBLIC}`,
    `/ip4/203.0.113.5/udp/20002/webrtc-direct/certhash/uEiDikp5KVUgkLta1EjUN-IKbHk-dUBg8VzKgf5nXxLK46w/p2p/${PUBLIC}`,
    `/ip4/198.51.100.7/tcp/20000/p2p/${NODE}`,
  ],
  home: ['http://192.168.1.20:20001', 'https://[fd00::1]:20001'],
  secret: Uint8Array.from({ length: 16 }, (_, i) => i),
  expires: 1_795_000_000,
}
const packed = (code = CODE) => pairingText(code).slice('nostrp2p:pair/'.length)
const faultOf = (text: string) => {
  const parsed = parsePairingCode(text)
  return isRejection(parsed) ? parsed.code : 'none'
}

describe('a pairing code (W2.1, W2.2)', () => {
  it.each<[string, string]>([
    ['as text', pairingText(CODE)],
    ['as a URL', pairingUrl(CODE, 'https://example.net/np/')],
    ['as a URL of a page without a path', pairingUrl(CODE, 'http://192.168.1.20:20001')],
    ['as a URL of a page that is at another place', pairingUrl(CODE, 'https://example.net/np/#/home')],
    ['with the slashes that some programs put in', pairingText(CODE).replace(':', '://')],
    ['without anything around it', packed()],
    ['over several lines', `  ${pairingText(CODE).replace(/(.{40})/g, '$1\n')}\n`],
  ])('is read %s', (_name, text) => {
    expect(parsePairingCode(text)).toEqual(CODE)
  })

  it('has forms that can be told from other texts', () => {
    expect(pairingUrl(CODE, 'https://example.net/np/#/home')).toMatch(/^https:\/\/example\.net\/np\/#\/pair\/[\w-]+$/)
    expect([pairingText(CODE), pairingUrl(CODE, 'https://a.b')].map(looksLikePairingCode)).toEqual([true, true])
    expect(['npub1abc', 'http://127.0.0.1:20001/k/abc'].map(looksLikePairingCode)).toEqual([false, false])
  })

  it('of two public nodes is small enough for a QR code that a terminal of 100 columns shows', () => {
    const other = '12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcRzQ4FENEemvpg'
    const more = CODE.addresses.slice(0, 2).map(address => address.replace(PUBLIC, other))
    const url = pairingUrl({ ...CODE, addresses: [...CODE.addresses, ...more] }, 'http://192.168.1.20:20001')
    // Version 19, level L: 93 modules.
    expect(url.length).toBeLessThanOrEqual(792)
  })

  it('comes back as it was made, whatever it holds', () => {
    const peer = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(key => peerOf(key))
    const address = fc
      .tuple(fc.ipV4(), fc.nat(65_535), peer)
      .map(([ip, port, id]) => `/ip4/${ip}/tcp/${port}/p2p/${id}`)
    const code = fc.record({
      node: peer,
      owner: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }).map(key => Buffer.from(key).toString('hex'))),
      addresses: fc.array(address, { maxLength: MAX_PAIRING_ADDRESSES }),
      home: fc.array(
        fc.ipV4().map(ip => `http://${ip}:20001`),
        { maxLength: 3 },
      ),
      secret: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      expires: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    })
    fc.assert(
      fc.property(code, made => {
        expect(parsePairingCode(pairingText(made))).toEqual(made)
      }),
      { seed: SEED },
    )
  })

  it('is not made of what it cannot hold', () => {
    const wrong: Partial<PairingCode>[] = [
      { addresses: ['/ip4/203.0.113.5/tcp/20000'] },
      { addresses: Array.from({ length: MAX_PAIRING_ADDRESSES + 1 }, () => CODE.addresses[0]!) },
      { secret: new Uint8Array(15) },
      { owner: 'ab' },
      { home: Array.from({ length: 4 }, () => 'http://10.0.0.1') },
    ]
    for (const part of wrong) expect(() => pairingText({ ...CODE, ...part }), JSON.stringify(part)).toThrow(RangeError)
  })
})

describe('what is no pairing code (W2.3)', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['another text', 'hello'],
    ['another URL', 'https://example.net/#/home'],
    ['letters that base64url does not have', `nostrp2p:pair/${packed()}!`],
    ['something far too long', 'a'.repeat(100_000)],
    ['too many bytes', base64urlnopad.encode(new Uint8Array(MAX_PAIRING_CODE_BYTES + 1).fill(1))],
    ['a version of zero', altered(0, 0)],
    ['an owner of another length', altered(1 + 16 + 4 + 39, 31)],
    ['something after its end', base64urlnopad.encode(Uint8Array.of(...bytesOf(packed()), 0))],
    ['an address at home with a path', pairingText({ ...CODE, home: ['http://10.0.0.1/evil'] })],
    ['an address at home of another kind', pairingText({ ...CODE, home: ['javascript:alert(1)'] })],
    ['an address with a line break', altered(bytesOf(packed()).indexOf('/'.charCodeAt(0), 70), 10)],
  ])('%s is told so', (_name, text) => {
    expect(faultOf(text)).toBe('pairing-code')
  })

  it('every beginning of one is told so', () => {
    const bytes = bytesOf(packed())
    for (let length = 0; length < bytes.length; length++) {
      expect(faultOf(base64urlnopad.encode(bytes.subarray(0, length))), String(length)).toBe('pairing-code')
    }
  })

  it('a later version is called that', () => {
    expect(faultOf(altered(0, 2))).toBe('pairing-version')
  })

  it('random bytes and texts throw nothing', () => {
    const text = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 600 }).map(bytes => base64urlnopad.encode(Uint8Array.of(1, ...bytes))),
      fc.tuple(fc.nat(bytesOf(packed()).length - 1), fc.nat(255)).map(([at, value]) => altered(at, value)),
    )
    fc.assert(
      fc.property(text, given => {
        const parsed = parsePairingCode(given)
        // What is read can be written, and is read as the same.
        if (!isRejection(parsed)) expect(parsePairingCode(pairingText(parsed))).toEqual(parsed)
      }),
      { seed: SEED, numRuns: 2_000 },
    )
  })
})

function bytesOf(text: string): Uint8Array {
  return base64urlnopad.decode(text)
}

function altered(at: number, value: number): string {
  const bytes = bytesOf(packed())
  bytes[at] = value
  return base64urlnopad.encode(bytes)
}

/** The peer ID of an Ed25519 key (libp2p, "Peer Ids and Keys"). */
function peerOf(key: Uint8Array): string {
  return base58.encode(Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20, ...key))
}
