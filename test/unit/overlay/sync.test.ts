/** How long a synchronisation may take, whoever is at the other end (specification/sync.md, Y6.3). */
import { generateKeyPair } from '@libp2p/crypto/keys'
import { lpStream } from '@libp2p/utils'
import { describe, expect, it } from 'vitest'
import { DEFAULTS } from '../../../src/config.ts'
import { createHost } from '../../../src/overlay/libp2p.ts'
import { serveSync } from '../../../src/overlay/streams/sync.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { hostParts } from '../../support/host-parts.ts'
import { SYNC, startRawPeer } from '../../support/raw-peer.ts'
import { until } from '../../support/until.ts'

const FRAME = Uint8Array.of(1)
const cleanUp = useCleanUp()

/** A host that sends back whatever comes, and a peer with a stream to it. */
async function start() {
  const clock = createFakeClock(Date.now())
  const parts = hostParts()
  const privateKey = await generateKeyPair('Ed25519')
  const listen = ['/ip4/127.0.0.1/tcp/0']
  const host = await createHost({ ...DEFAULTS.tuning, privateKey, listen, agent: 'test/1' }, parts)
  cleanUp.add(() => host.stop())
  await host.start()
  const ends: string[] = []
  await serveSync(host, parts.quotas, {
    ...parts,
    clock,
    async answerSync(frames) {
      try {
        for (let frame = await frames.next(); frame !== undefined; frame = await frames.next()) await frames.send(frame)
      } catch (error) {
        ends.push(error instanceof Error ? error.message : String(error))
      }
    },
  })
  const raw = await startRawPeer(cleanUp, { gossips: false })
  const stream = await raw.open(await raw.connect(host.getMultiaddrs()[0]!.toString()), SYNC)
  const frames = lpStream(stream)
  const exchange = async () => {
    await frames.write(FRAME)
    await frames.read()
  }
  return { clock, stream, exchange, ends }
}

describe('a synchronisation (Y6.3)', () => {
  it('ends after ten minutes, though a frame comes every 50 s', async () => {
    const { clock, stream, exchange, ends } = await start()
    for (let seconds = 0; seconds < 600; seconds += 50) {
      await exchange()
      expect(ends).toEqual([])
      await clock.pass(50_000)
    }
    await until('the end of the stream', () => stream.status !== 'open')
    expect(ends).toEqual(['The synchronisation takes too long.'])
    expect(clock.waiting()).toBe(0)
  })

  it('ends after a minute without a frame', async () => {
    const { clock, stream, exchange, ends } = await start()
    await exchange()
    await clock.pass(59_000)
    await exchange()
    await clock.pass(59_000)
    expect([stream.status, ends]).toEqual(['open', []])
    await clock.pass(1_000)
    await until('the end of the stream', () => stream.status !== 'open')
    expect(ends).toEqual(['Nothing came from that node for a minute.'])
  })
})
