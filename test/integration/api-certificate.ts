/** Self-signed certificates for tests, made here: no program of the machine is needed. */
import { generateKeyPairSync, sign } from 'node:crypto'

export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const COMMON_NAME = oid(0x55, 0x04, 0x03)
const SUBJECT_ALT_NAME = oid(0x55, 0x1d, 0x11)

/** An X.509 v3 certificate for localhost and 127.0.0.1 with this common name (RFC 5280), P-256. */
export function selfSigned(commonName: string): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(commonName)))))
  const names = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.of(127, 0, 0, 1)))
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.of(1)),
    ECDSA_WITH_SHA256,
    name,
    sequence(tagged(0x17, Buffer.from('200101000000Z')), tagged(0x17, Buffer.from('490101000000Z'))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tagged(0x04, names)))),
  )
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.of(0), signature])))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** A certificate for somebody else's key (SPKI in DER) and these DNS names, by a key that nobody knows. */
export function certificateFor(publicKey: Buffer, dnsNames: readonly string[]): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const nameOf = (text: string) => sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(text)))))
  const names = sequence(...dnsNames.map(text => tagged(0x82, Buffer.from(text))))
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.of(1)),
    ECDSA_WITH_SHA256,
    nameOf('a test authority'),
    sequence(tagged(0x17, Buffer.from('200101000000Z')), tagged(0x17, Buffer.from('490101000000Z'))),
    nameOf(dnsNames[0] ?? ''),
    publicKey,
    tagged(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tagged(0x04, names)))),
  )
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.of(0), signature])))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** The key (SPKI) that a certificate request is for (RFC 2986, in DER): after version and subject. */
export function publicKeyOfRequest(request: Buffer): Buffer {
  const information = inside(inside(request))
  const [, , key] = valuesOf(information)
  if (key === undefined) throw new Error('no certificate request')
  return key
}

function inside(value: Buffer): Buffer {
  const { start, end } = extentOf(value)
  return value.subarray(start, end)
}

function valuesOf(content: Buffer): Buffer[] {
  const values: Buffer[] = []
  for (let rest = content; rest.length > 0; ) {
    const { end } = extentOf(rest)
    values.push(rest.subarray(0, end))
    rest = rest.subarray(end)
  }
  return values
}

/** Where the content of the first value begins and ends. */
function extentOf(bytes: Buffer): { start: number; end: number } {
  const first = bytes[1] ?? 0
  const more = first < 0x80 ? 0 : first & 0x7f
  const length = more === 0 ? first : bytes.readUIntBE(2, more)
  return { start: 2 + more, end: 2 + more + length }
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function oid(...bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes))
}

/** DER: tag, length in one to three bytes, content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content])
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content])
}
