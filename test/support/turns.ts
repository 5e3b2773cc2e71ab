/** How long the turns of the event loop are while something runs, without what V8 collects in them. */
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuTimeMs } from './cpu-time.ts'

export interface Turns {
  /** CPU time of the longest turn that was no garbage collection. */
  readonly longestMs: number
  /** CPU time of all of it. */
  readonly allMs: number
}

/** Of the clock. */
interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Shorter turns are not looked at. */
const LONG_MS = 1
/** Entries about collections come some turns later. */
const LATE_MS = 20

export async function turnsOf(run: () => Promise<unknown>): Promise<Turns> {
  const turns: (Span & { readonly cpuMs: number })[] = []
  const collections: Span[] = []
  const observer = new PerformanceObserver(list => {
    for (const { startTime, duration } of list.getEntries())
      collections.push({ fromMs: startTime, toMs: startTime + duration })
  })
  observer.observe({ entryTypes: ['gc'] })
  const startMs = cpuTimeMs()
  let last = { atMs: performance.now(), cpuMs: startMs }
  let isOver = false
  const tick = () => {
    const now = { atMs: performance.now(), cpuMs: cpuTimeMs() }
    const cpuMs = now.cpuMs - last.cpuMs
    if (cpuMs >= LONG_MS) turns.push({ fromMs: last.atMs, toMs: now.atMs, cpuMs })
    last = now
    if (!isOver) setImmediate(tick)
  }
  setImmediate(tick)
  await run()
  isOver = true
  const allMs = cpuTimeMs() - startMs
  await sleep(LATE_MS)
  observer.disconnect()
  const own = turns.map(turn => turn.cpuMs - collections.reduce((sum, span) => sum + sharedMs(turn, span), 0))
  return { longestMs: Math.max(0, ...own), allMs }
}

function sharedMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.toMs, b.toMs) - Math.max(a.fromMs, b.fromMs))
}
