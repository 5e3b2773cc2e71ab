/** Thousands who come to a home node through its relay and say nothing (specification/away.md, "Bounds"). */
import { expect, it } from 'vitest'
import { createConnector } from '../../src/connect/connector.ts'
import { openKept } from '../../src/connect/kept.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { silent } from '../../src/observe/log.ts'
import { parsePairingCode } from '../../src/wire/pairing-code.ts'
import { startAwayPeer } from '../support/away-peer.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { temporaryDirectory } from '../support/test-node.ts'
import { until } from '../support/until.ts'
import { startHomeNode, startPublicNode } from '../web/support/away-stage.ts'

const cleanUp = useCleanUp()
const PEERS = 10
const STREAMS_EACH = 200

it('half-open streams through a relay keep no device from pairing, and nothing else from going on', async () => {
  const hub = await startPublicNode(cleanUp, 'rita')
  const home = await startHomeNode(cleanUp, 'alice', hub)
  const circuit = `${hub.address}/p2p-circuit/p2p/${home.node.peerId}`
  const refusals: unknown[] = []
  const opened = await Promise.all(
    Array.from({ length: PEERS }, async () => {
      const peer = await startAwayPeer(cleanUp)
      await peer.dial(hub.address)
      const connection = await peer.dial(circuit)
      for (let i = 0; i < STREAMS_EACH; i++) await peer.open(connection).catch(error => refusals.push(error))
      return connection
    }),
  )
  expect(opened.length).toBe(PEERS)

  const answer = await home.client.send('/pairing', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  })
  const code = parsePairingCode(((await answer.json()) as { code: string }).code)
  if ('rejected' in code) throw new Error(code.reason)
  let state = ''
  const connector = await createConnector({
    kept: await openKept(await temporaryDirectory(cleanUp)),
    code: { ...code, addresses: [hub.address], home: [] },
    name: 'laptop',
    agent: 'test',
    port: 0,
    onChange: now => {
      state = now.state
    },
    whyNot: () => 'no way',
    clock: systemClock,
    log: silent,
  })
  cleanUp.add(() => connector.stop())
  void connector.run()
  await until(`connected, not ${state}`, () => state === 'connected')
  expect((await fetch(`http://127.0.0.1:${connector.port}/status`)).status).toBe(200)
  const { counters } = await home.node.status()
  expect(counters['away:too many strangers'] ?? 0).toBeGreaterThan(PEERS)
  // The owner and the overlay go on.
  await home.post({ content: 'undisturbed' })
}, 90_000)
