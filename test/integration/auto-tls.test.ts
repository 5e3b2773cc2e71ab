/** `--auto-tls` against services on loopback (specification/away.md, D7); the true ones have not been asked. */
import { X509Certificate } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { type AutoTlsParts, startAutoTls } from '../../src/overlay/doors/auto-tls.ts'
import type { DoorComponents } from '../../src/overlay/doors/doors.ts'
import { startCertificateServices } from '../support/certificate-services.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const DOOR = '/ip4/9.9.9.9/tcp/20002/ws'

async function startNode() {
  const services = await startCertificateServices(cleanUp)
  const privateKey = await generateKeyPair('Ed25519')
  const peerId = peerIdFromPrivateKey(privateKey)
  const kept = new Map<string, Uint8Array>()
  const used: { cert: string; names: readonly string[] }[] = []
  const warnings: string[] = []
  const clock = createFakeClock(0)
  const line = Object.assign(() => {}, { enabled: false, trace() {}, error() {}, newScope: () => line })
  const components = { privateKey, peerId, logger: { forComponent: () => line } }
  const parts: AutoTlsParts = {
    // As much of libp2p as is asked for a certificate.
    components: components as unknown as DoorComponents,
    agent: 'nostrp2p/test',
    store: { get: async name => kept.get(name), put: async (name, value) => void kept.set(name, value) },
    clock,
    log: (level, message) => void (level === 'warn' && warnings.push(message)),
    use: ({ cert }, names) => used.push({ cert: String(cert), names }),
    services: { ...services, provisionDelay: 1 },
  }
  const start = () => {
    const tls = startAutoTls(parts)
    cleanUp.add(() => tls.stop())
    return tls
  }
  return { services, peerId: peerId.toString(), kept, used, warnings, clock, start }
}

test('D7.1, D7.2: a certificate is asked for once the door is told, and used again after a restart', {
  timeout: 60_000,
}, async () => {
  const { services, peerId, kept, used, start } = await startNode()
  const tls = start()
  tls.told?.([])
  tls.told?.(['/ip4/9.9.9.9/udp/20002/webrtc-direct', DOOR])
  const [first] = await until('a certificate', () => (used.length > 0 ? used : undefined))
  expect(services.asked).toEqual([{ peer: peerId, value: expect.any(String), addresses: [DOOR] }])
  const names = new X509Certificate(first!.cert).subjectAltName
  const [, domain] = /^DNS:\*\.(.+)$/.exec(names ?? '') ?? []
  expect(domain).toMatch(/^k[0-9a-z]+\.libp2p\.direct$/)
  expect(first!.names).toEqual([`9-9-9-9.${domain}`])
  expect(kept.size).toBe(3)
  tls.stop()
  const again = start()
  again.told?.([DOOR])
  const [, second] = await until('the same certificate', () => (used.length > 1 ? used : undefined))
  expect(second).toEqual(first)
  expect(services.issued()).toBe(1)
})

test('D7.3: services that fail are told of, and the door goes on without', { timeout: 60_000 }, async () => {
  const { services, used, warnings, start } = await startNode()
  services.fail()
  const tls = start()
  tls.told?.([DOOR])
  await until('a word in the log', () => warnings.length > 0)
  expect([used, warnings]).toEqual([[], [expect.stringContaining('no TLS certificate could be had')]])
})
