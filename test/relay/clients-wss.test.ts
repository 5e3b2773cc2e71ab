/** A client elsewhere, as most are: over TLS, compressing, signing in by NIP-42. All at once, by nostr-tools. */
import { writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { type Event, finalizeEvent } from 'nostr-tools'
import { AbstractRelay } from 'nostr-tools/abstract-relay'
import { verifyEvent } from 'nostr-tools/pure'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { selfSigned } from '../integration/api-certificate.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { connectRelay, FROM_ELSEWHERE } from '../support/relay-client.ts'
import { startTestNode, temporaryDirectory } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = useCleanUp()
const alice = personFrom('alice')
const now = () => Math.floor(Date.now() / 1000)
const post = (content: string): Event =>
  finalizeEvent({ kind: 1, tags: [], content, created_at: now() }, alice.secretKey)

it('publishes, subscribes and counts over wss, compressed, once it has signed in', async () => {
  const dir = await temporaryDirectory(cleanUp)
  const { cert, key } = selfSigned('node')
  const tls = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
  await Promise.all([writeFile(tls.certFile, cert), writeFile(tls.keyFile, key)])
  const { node } = await startTestNode(cleanUp, { owner: 'alice', tls })
  const sockets: WebSocket[] = []
  class CompressingSocket extends WebSocket {
    constructor(url: string | URL) {
      super(url, { headers: FROM_ELSEWHERE, ca: cert, perMessageDeflate: true })
      sockets.push(this)
    }
  }
  const url = node.clientOrigin.replace(/^https/, 'wss')
  const relay = new AbstractRelay(url, {
    verifyEvent,
    websocketImplementation: CompressingSocket as unknown as typeof globalThis.WebSocket,
  })
  cleanUp.add(() => relay.close())
  await relay.connect()
  expect(sockets[0]!.extensions).toBe('permessage-deflate')
  const wire = (sockets[0] as unknown as { readonly _socket: Socket & { readonly encrypted: boolean } })._socket
  expect(wire.encrypted).toBe(true)

  const refused = await new Promise<string>(resolve => {
    relay.subscribe([{ kinds: [1] }], { onclose: resolve, oneose: () => resolve('EOSE') })
  })
  expect(refused).toMatch(/^auth-required: /)
  await relay.auth(async template => finalizeEvent(template, alice.secretKey))

  const long = post(`so long ${'and thanks '.repeat(15_000)}`)
  await relay.publish(long)
  const got: Event[] = []
  await new Promise<void>(resolve => {
    relay.subscribe([{ kinds: [1] }], { onevent: event => void got.push(event), oneose: resolve })
  })
  expect(got.map(({ id }) => id)).toEqual([long.id])
  // What comes live is compressed as well, and whole.
  const live = post(`live ${'fish '.repeat(30_000)}`)
  const owner = await connectRelay(cleanUp, node.clientOrigin, { ca: cert })
  expect((await owner.publish(live)).ok).toBe(true)
  await until('the live one', () => got.length === 2)
  expect(got[1]).toMatchObject({ id: live.id, content: live.content })
  expect(await relay.count([{ kinds: [1] }], {})).toBe(2)
  expect([wire.bytesRead < 40_000, wire.bytesWritten < 40_000]).toEqual([true, true])
})
