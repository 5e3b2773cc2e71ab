/** The owner's devices over the overlay (specification/away.md), at real nodes. */
import { describe, expect, it } from 'vitest'
import type { PairingCode } from '../../src/wire/pairing-code.ts'
import { parsePairingCode } from '../../src/wire/pairing-code.ts'
import { startAwayPeer } from '../support/away-peer.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'

const cleanUp = useCleanUp()

async function newCode(node: TestNode): Promise<{ secret: string; id: string; code: PairingCode }> {
  const response = await node.client.send('/pairing', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  })
  expect(response.status).toBe(201)
  const { id, code } = (await response.json()) as { id: string; code: string }
  const parsed = parsePairingCode(code)
  if ('rejected' in parsed) throw new Error(parsed.reason)
  return { id, code: parsed, secret: Buffer.from(parsed.secret).toString('base64url') }
}

describe('a device that is away', () => {
  it('pairs with a code, asks, posts and listens', async () => {
    const node = await startTestNode(cleanUp, { owner: 'alice' })
    const { secret } = await newCode(node)
    const phone = await startAwayPeer(cleanUp)
    const to = await phone.dial(node.address)
    expect((await phone.ask(to, '/status')).json()).toMatchObject({ code: 'device-unknown' })
    const paired = await phone.ask(to, '/pair', { method: 'POST', body: { secret, name: 'phone' } })
    expect(paired.status).toBe(201)
    expect((await phone.ask(to, '/req', { method: 'POST', body: { kinds: [1] } })).status).toBe(200)
    const socket = phone.webSocket(to)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.send('["REQ","a",{"kinds":[1]}]')
    expect(String(await new Promise(resolve => socket.once('message', resolve)))).toContain('EOSE')
  })
})
