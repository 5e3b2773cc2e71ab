/** How far one's own posts got (GET /ways), for those that are looked at; asked again while something is still open. */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { DeliveryReport, Way, Ways as WaysAnswer } from '../../wire/ways.ts'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble } from '../node/trouble.ts'

export type { DeliveryReport, Way }

export interface WayReader {
  /** By event ID, as far as it is known. */
  readonly ways: ReadonlySignal<ReadonlyMap<string, Way>>
  /** Somebody looks at this one; what it returns ends that. */
  watch(id: string): () => void
  /** Asks again for what is looked at and still open. */
  refresh(): void
}

const GATHER_MS = 80
const MAX_AT_ONCE = 100
/** Ways that are remembered: those that were looked at last. */
const MAX_KNOWN = 1_000

/** @param max ways that are remembered, beside those that are looked at */
export function createWays(call: Call, max = MAX_KNOWN): WayReader {
  const ways = signal<ReadonlyMap<string, Way>>(new Map())
  const watched = new Map<string, number>()
  let isGathering = false

  async function ask(): Promise<void> {
    isGathering = false
    const ids = [...watched.keys()].filter(id => isOpen(ways.value.get(id))).slice(0, MAX_AT_ONCE)
    if (ids.length === 0) return
    const answer = await jsonOf<WaysAnswer>(await call(`/ways?ids=${ids.join(',')}`))
    if (isTrouble(answer)) return
    const known = new Map(ways.value)
    for (const [id, way] of Object.entries(answer.ways)) {
      known.delete(id)
      known.set(id, way)
    }
    for (const id of known.keys()) {
      if (known.size <= max) break
      if (!watched.has(id)) known.delete(id)
    }
    ways.value = known
  }

  function gather(): void {
    if (isGathering) return
    isGathering = true
    setTimeout(() => void ask(), GATHER_MS)
  }

  return {
    ways,
    watch(id) {
      watched.set(id, (watched.get(id) ?? 0) + 1)
      gather()
      return () => {
        const left = watched.get(id)! - 1
        if (left === 0) watched.delete(id)
        else watched.set(id, left)
      }
    },
    refresh: gather,
  }
}

/** Whether something may still change. */
function isOpen(way: Way | undefined): boolean {
  return way === undefined || way.waitsForNodes || way.deliveries.some(({ state }) => state === 'waiting')
}
