import { createHash, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { expect, test } from 'vitest'
import { certificateText, makeDoorCertificate, readDoorCertificate } from '../../../src/overlay/doors/certificate.ts'

test('D3.2: a certificate is valid for longer than anybody keeps an address, and is read as it was written', async () => {
  const made = await makeDoorCertificate()
  const certificate = new X509Certificate(made.pem)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  expect([certificate.subject, certificate.issuer]).toEqual(['CN=nostrp2p', 'CN=nostrp2p'])
  expect([Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]).toEqual([
    Date.parse('2020-01-01T00:00:00Z'),
    Date.parse('2120-01-01T00:00:00Z'),
  ])
  expect(() => createSecureContext({ cert: made.pem, key: made.privateKey })).not.toThrow()
  const hash = createHash('sha256').update(certificate.raw).digest()
  expect(Buffer.from(made.certhash.slice(1), 'base64url')).toEqual(Buffer.concat([Buffer.of(0x12, 0x20), hash]))
  expect(readDoorCertificate(certificateText(made))).toEqual(made)
})

test('D3.2: what is no such pair is none', async () => {
  const [one, other] = [await makeDoorCertificate(), await makeDoorCertificate()]
  expect(one.certhash).not.toBe(other.certhash)
  const mixed = certificateText({ ...one, privateKey: other.privateKey })
  for (const text of [undefined, '', 'nothing', one.pem, one.privateKey, mixed, certificateText(one).slice(0, -40)])
    expect(readDoorCertificate(text)).toBeUndefined()
})
