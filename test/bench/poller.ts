/** Pulls from one node for as long as a post is missing there, and notes when each was first shown. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connectClient } from './raw-client.ts'

/** From one pull to the next while something is missing. */
export const POLL_MS = 5

export interface Poller {
  /** A post that is published now, by its id in hex. */
  expect(id: string): void
  /** Posts not shown yet. @throws what ended the polling */
  missing(): number
  /** From `expect` to the answer that showed the post. */
  delaysMs(): readonly number[]
  close(): void
}

export async function createPoller(port: number): Promise<Poller> {
  const client = await connectClient(port)
  const expected = new Map<string, { bytes: Buffer; sinceMs: number }>()
  const delays: number[] = []
  let closed = false
  let polling = false
  let failure: unknown
  let cursor = await pull(undefined)

  async function pull(after: string | undefined): Promise<string> {
    const body = after === undefined ? { kinds: [40_000], limit: 1 } : { kinds: [40_000], cursor: after }
    const response = await client.request('POST', '/req', JSON.stringify(body))
    if (response.status !== 200) throw new Error(`a pull was answered with ${response.status}`)
    const nowMs = performance.now()
    for (const [id, { bytes, sinceMs }] of expected) {
      if (!response.body.includes(bytes)) continue
      expected.delete(id)
      delays.push(nowMs - sinceMs)
    }
    return /^nostrp2p-cursor: *(\S+)/im.exec(response.head)![1]!
  }

  async function poll(): Promise<void> {
    polling = true
    while (expected.size > 0 && !closed) {
      const startMs = performance.now()
      cursor = await pull(cursor)
      await sleep(Math.max(0, POLL_MS - (performance.now() - startMs)))
    }
    polling = false
  }

  return {
    expect(id) {
      expected.set(id, { bytes: Buffer.from(id, 'hex'), sinceMs: performance.now() })
      if (!polling) {
        void poll().catch(error => {
          failure = error
        })
      }
    },
    missing() {
      if (failure !== undefined) throw failure
      return expected.size
    },
    delaysMs: () => delays,
    close() {
      closed = true
      client.close()
    },
  }
}
