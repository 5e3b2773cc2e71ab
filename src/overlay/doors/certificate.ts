/** The certificate of the WebRTC-direct door: its hash is a part of the address, so it is made once and kept. */
import {
  createHash,
  createPrivateKey,
  generateKeyPair as generate,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { promisify } from 'node:util'

/** As `@libp2p/webrtc` takes it. */
export interface DoorCertificate {
  /** PEM (PKCS #8), P-256: what browsers take. */
  readonly privateKey: string
  /** PEM. */
  readonly pem: string
  /** SHA-256 of the certificate as a multihash in base64url, with its prefix: what stands behind `/certhash/`. */
  readonly certhash: string
}

/** `sha2-256`, 32 bytes; and `u` is base64url in multibase. */
const SHA256_MULTIHASH = Buffer.from([0x12, 0x20])
/** Browsers look at the hash alone, and an address that others have kept must not end. */
const VALID_FROM = '200101000000Z'
const VALID_UNTIL = '21200101000000Z'

/** @param kept what `certificateText` made; undefined, or what is no such text, makes a new one */
export function readDoorCertificate(kept: string | undefined): DoorCertificate | undefined {
  try {
    const [pem, privateKey] = [partOf(kept ?? '', 'CERTIFICATE'), partOf(kept ?? '', 'PRIVATE KEY')]
    const certificate = new X509Certificate(pem)
    if (!certificate.checkPrivateKey(createPrivateKey(privateKey))) return undefined
    return { pem, privateKey, certhash: certhashOf(certificate.raw) }
  } catch {
    return undefined
  }
}

/** Both parts, as PEM one after the other. */
export function certificateText({ pem, privateKey }: DoorCertificate): string {
  return `${pem}${privateKey}`
}

/** A new one: ECDSA with P-256, signed by itself, naming nobody. */
export async function makeDoorCertificate(): Promise<DoorCertificate> {
  const { privateKey, publicKey } = await promisify(generate)('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(Buffer.from('06082a8648ce3d040302', 'hex'))
  const name = sequence(der(0x31, sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from('nostrp2p')))))
  const serial = randomBytes(16)
  // Positive, and not longer than it must be.
  serial[0] = (serial[0]! & 0x3f) | 0x40
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    // Years before 2050 have two digits (RFC 5280 §4.1.2.5).
    sequence(der(0x17, Buffer.from(VALID_FROM)), der(0x18, Buffer.from(VALID_UNTIL))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', content, privateKey)
  const raw = sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const pem = `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`
  return { pem, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certhash: certhashOf(raw) }
}

function certhashOf(raw: Buffer): string {
  const hash = createHash('sha256').update(raw).digest()
  return `u${Buffer.concat([SHA256_MULTIHASH, hash]).toString('base64url')}`
}

function partOf(text: string, label: string): string {
  const found = new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\\n`).exec(text)
  if (found === null) throw new Error(`no ${label}`)
  return found[0]
}

/** One value in DER (X.690 §8): tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function sequence(...values: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(values))
}
