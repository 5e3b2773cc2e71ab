/** How it stands with the node, again and again while somebody looks. What was read last stays when an answer does not come. */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { NodeStatus } from '../../wire/node-status.ts'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'

export interface NodeWatch {
  readonly status: ReadonlySignal<NodeStatus | undefined>
  /** Why the last answer did not come; undefined when it did. */
  readonly trouble: ReadonlySignal<Trouble | undefined>
  /** When the status was read, milliseconds since 1970. */
  readonly readMs: ReadonlySignal<number>
  refresh(): void
  stop(): void
}

const VISIBLE_MS = 5_000
const HIDDEN_MS = 60_000

export function watchNode(call: Call): NodeWatch {
  const status = signal<NodeStatus | undefined>(undefined)
  const trouble = signal<Trouble | undefined>(undefined)
  const readMs = signal(0)
  const stopping = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsking = false

  async function read(): Promise<void> {
    if (isAsking) return
    clearTimeout(timer)
    isAsking = true
    const answer = await jsonOf<NodeStatus>(await call('/status', { signal: stopping.signal }))
    isAsking = false
    if (stopping.signal.aborted) return
    if (isTrouble(answer)) trouble.value = answer
    else if (!isStatus(answer)) trouble.value = { trouble: 'broken' }
    else {
      status.value = answer
      trouble.value = undefined
      readMs.value = Date.now()
    }
    timer = setTimeout(read, document.visibilityState === 'visible' ? VISIBLE_MS : HIDDEN_MS)
  }

  const onVisible = (): void => {
    if (document.visibilityState === 'visible') void read()
  }
  document.addEventListener('visibilitychange', onVisible)
  void read()
  return {
    status,
    trouble,
    readMs,
    refresh: () => void read(),
    stop() {
      stopping.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    },
  }
}

/** A node of another version may say less. */
function isStatus(answer: Partial<NodeStatus>): answer is NodeStatus {
  const { peers, overlay, reachability, limits, sync, relay, outbox, counters } = answer
  return [peers, overlay, reachability, limits, sync, relay, outbox, counters].every(
    part => typeof part === 'object' && part !== null,
  )
}
