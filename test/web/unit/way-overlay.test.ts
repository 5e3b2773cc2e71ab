/** The page's way to a paired node through the overlay, in Node.js at real nodes on loopback. */
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import type { ByteStream } from '../../../src/web/way/byte-stream.ts'
import { meet } from '../../../src/web/way/meet.ts'
import { startOverlay } from '../../../src/web/way/overlay.ts'
import { pair } from '../../../src/web/way/pair.ts'
import { startPeer } from '../../../src/web/way/peer.ts'
import { peerIdOfSeed } from '../../../src/web/way/peer-id.ts'
import { createStreamWay } from '../../../src/web/way/stream-way.ts'
import type { Way, WayRequest } from '../../../src/web/way/way.ts'
import type { Away, Paired, Pairing } from '../../../src/wire/away.ts'
import { parsePairingCode } from '../../../src/wire/pairing-code.ts'
import { type CleanUp, useCleanUp } from '../../support/clean-up.ts'
import type { TestNode } from '../../support/test-node.ts'
import { until } from '../../support/until.ts'
import { startHomeNode, startPublicNode } from '../support/away-stage.ts'

const PULL_BYTES = 400

async function makeCode({ node }: TestNode) {
  const response = await fetch(`${node.clientOrigin}/pairing`, {
    method: 'POST',
    body: '{}',
    headers: { 'Content-Type': 'application/json' },
  })
  const code = parsePairingCode(((await response.json()) as Pairing).code)
  if (isRejection(code)) throw new Error(code.reason)
  return code
}

async function pairWith(cleanUp: CleanUp, home: TestNode, seed: Uint8Array) {
  const overlay = await startOverlay(seed, false)
  cleanUp.add(() => overlay.stop())
  let paired: Paired | undefined
  const ways: Way[] = []
  const result = await pair({
    code: await makeCode(home),
    name: 'Test',
    origin: 'http://page.example',
    token: () => undefined,
    peer: peerIdOfSeed(seed),
    overlay: async () => overlay,
    onPaired: told => {
      paired = told
    },
    adopt: way => void ways.push(way),
    search: { noDirect() {}, during: (_, work) => work },
  })
  return { result, paired, ways, overlay }
}

function request(method: 'GET' | 'POST', body?: unknown): WayRequest {
  const headers: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const text = body === undefined ? null : JSON.stringify(body)
  return { method, headers, body: text, signal: AbortSignal.timeout(10_000) }
}

/** Counts what goes over the streams of a way. */
function counted(open: (signal: AbortSignal) => Promise<ByteStream>) {
  const seen = { bytes: 0, streams: 0 }
  const count = async (signal: AbortSignal): Promise<ByteStream> => {
    seen.streams++
    const stream = await open(signal)
    return {
      abort: stream.abort,
      async send(bytes) {
        seen.bytes += bytes.length
        await stream.send(bytes)
      },
      async read() {
        const bytes = await stream.read()
        seen.bytes += bytes?.length ?? 0
        return bytes
      },
    }
  }
  return { seen, open: count }
}

describe('a paired page', () => {
  const cleanUp = useCleanUp()

  it('pulls nothing new for under 400 bytes, gets large answers whole, and hears what is new', {
    timeout: 60_000,
    // On a loaded machine now and then no direct connection comes about in time; a page tries again later than a test waits.
    retry: 4,
  }, async () => {
    const rita = await startPublicNode(cleanUp, 'rita')
    const home = await startHomeNode(cleanUp, 'alice', rita)
    const seed = crypto.getRandomValues(new Uint8Array(32))
    const { result, paired, ways } = await pairWith(cleanUp, home, seed)
    expect(result).toBe('paired')
    expect(paired!.away).toMatchObject({ node: home.node.peerId, owner: home.owner.pubkey })
    await until('a direct way', () => ways.at(-1)?.kind === 'direct')
    const peer = await startPeer(seed)
    cleanUp.add(() => peer.stop())
    const { node, addresses } = paired!.away
    const met = await meet({ peer, node, addresses, isSecurePage: false, signal: AbortSignal.timeout(10_000) })
    if (typeof met === 'string') throw new Error(met)
    const direct = await met.direct(AbortSignal.timeout(10_000))
    const { seen, open } = counted(direct.open)
    const way = createStreamWay({ kind: 'direct', open, ended: direct.ended, close: direct.close })
    const pull = async (cursor: string | null) => {
      const response = await way.fetch('/req', request('POST', { kinds: [40_000], cursor, limit: 1_000 }))
      await response.arrayBuffer()
      return response.headers.get('Nostrp2p-Cursor')!
    }
    const cursor = await pull(null)
    const before = seen.bytes
    expect(await pull(cursor)).toBe(cursor)
    expect(seen.bytes - before).toBeLessThan(PULL_BYTES)
    expect(seen.streams).toBe(1)

    const news = Promise.withResolvers<void>()
    const socket = way.open(() => {})
    socket.onopen = () => socket.send('["REQ","news",{"limit":0}]')
    socket.onmessage = ({ data }) => {
      if (String(data).startsWith('["EOSE"')) void home.post({ content: 'x'.repeat(50_000) })
      if (String(data).startsWith('["EVENT"')) news.resolve()
    }
    await news.promise
    const { events } = (await (await way.fetch('/export', request('GET'))).text())
      .split('\n')
      .reduce((sum, line) => ({ events: sum.events + (line.includes('x'.repeat(50_000)) ? 1 : 0) }), { events: 0 })
    expect(events).toBe(1)
    const away = (await (await way.fetch('/away', request('GET'))).json()) as Away
    expect(away.node).toBe(node)
  })
})
