/** A client that pulls from its node until posts are shown. */
import { setTimeout as sleep } from 'node:timers/promises'
import { unpack } from 'msgpackr'
import { connectClient } from './raw-client.ts'

/** From one pull to the next. */
export const PULL_EVERY_MS = 1
/** A post that is not shown by then counts as lost. */
const LOST_MS = 8_000

export interface Reader {
  /** Resolves with the time on the clock of `performance.now()` at which a pull showed the post; undefined if none did. */
  shown(id: string): Promise<number | undefined>
  close(): void
}

/** Reads from now on, or everything from the node's first event. One `shown` at a time. */
export async function createReader(port: number, { fromStart = false } = {}): Promise<Reader> {
  const client = await connectClient(port)
  const seen = new Set<string>()
  let cursor = ''

  async function pull(): Promise<void> {
    const from = cursor !== '' ? { cursor } : fromStart ? { since: 0 } : { limit: 1 }
    const response = await client.request('POST', '/req', JSON.stringify({ kinds: [40_000], ...from }))
    if (response.status !== 200) throw new Error(`a pull was answered with ${response.status}`)
    cursor = /^nostrp2p-cursor: *(\S+)/im.exec(response.head)![1]!
    const { Evts } = unpack(response.body) as { Evts: readonly { Id: Buffer }[] }
    for (const { Id } of Evts) seen.add(Id.toString('hex'))
  }
  await pull()

  return {
    async shown(id) {
      const untilMs = performance.now() + LOST_MS
      while (!seen.has(id)) {
        const startMs = performance.now()
        if (startMs > untilMs) return undefined
        await pull()
        if (!seen.has(id)) await sleep(Math.max(0, PULL_EVERY_MS - (performance.now() - startMs)))
      }
      return performance.now()
    },
    close: client.close,
  }
}
