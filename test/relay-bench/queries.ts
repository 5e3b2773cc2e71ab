/** Stored events: five kinds of question one after another, and search. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { percentile } from '../bench/statistics.ts'
import { collectGarbage } from '../support/garbage.ts'
import type { Asking } from './asker.ts'
import { AUTHORS, answeredIds, FIRST_SECOND, type SampleEvent, STEP_SECONDS, wordOfRank } from './events.ts'
import { IDLER_EVENTS } from './idler.ts'
import { atMost, type Figure, type Part, timesRival } from './part.ts'

const ROUNDS = 1_500
const QUICK_ROUNDS = 60
/** As many as are measured: a relay runs for months, and what V8 makes of it in the first second is soon past. */
const WARM_UP = 1_500
const QUICK_WARM_UP = 300
const LONGEST_MS = 6_000

interface Question {
  readonly what: string
  readonly times: number
  /** Events of one answer; an answer with fewer is a wrong one. */
  readonly events: number
  /** For these stored events: round → filter. */
  readonly filters: (events: readonly SampleEvent[]) => (round: number) => object
}

/** No two rounds ask the same, so that no relay answers from what it remembers of the last. */
const QUESTIONS: readonly Question[] = [
  {
    what: 'author and kind, 50',
    times: 2,
    events: 50,
    filters: events => i => ({
      authors: [events[(i * 7) % AUTHORS]!.pubkey],
      kinds: [1],
      limit: 50,
      until: endOf(events) - i,
    }),
  },
  {
    what: '#e, 100',
    times: 3,
    events: 100,
    filters(events) {
      const answered = answeredIds(events)
      return i => ({ '#e': [answered[i % answered.length]], limit: 100, until: endOf(events) - i })
    },
  },
  {
    what: '20 ids',
    times: 2.5,
    events: 20,
    filters: events => i => ({
      ids: Array.from({ length: 20 }, (_, n) => events[(i * 7_919 + n * 4_801) % events.length]!.id),
    }),
  },
  {
    what: 'newest 100',
    times: 2,
    events: 100,
    filters: events => i => ({ limit: 100, until: endOf(events) + 1_000 + i }),
  },
  {
    what: 'time window, 500',
    times: 3,
    events: 500,
    filters: events => i => {
      const since = FIRST_SECOND + ((i * 7_919) % (events.length - 1_000)) * STEP_SECONDS
      return { since, until: since + 1_000 * STEP_SECONDS, limit: 500 }
    },
  },
]

function endOf(events: readonly SampleEvent[]): number {
  return FIRST_SECOND + events.length * STEP_SECONDS
}

export const queries: Part = {
  name: 'queries',
  needs: 'filled',
  async measure({ relay, events, quick, progress }) {
    const figures: Figure[] = []
    for (const { what, times, events: wanted, filters } of QUESTIONS) {
      progress(`asking: ${what}`)
      const tookMs = await asked(relay.url, quick, filters(events), wanted)
      const rate = (tookMs.length / tookMs.reduce((sum, ms) => sum + ms, 0)) * 1000
      const p50 = percentile(tookMs, 0.5)
      figures.push(
        { what: `query ${what}`, value: rate, unit: '/s', goal: timesRival(times) },
        { what: `query ${what}: p99 to p50`, value: percentile(tookMs, 0.99) / p50, unit: '', goal: atMost(5) },
      )
    }
    progress('asking one that does nothing, for comparison')
    figures.push({ what: 'a relay that does nothing: p99 to p50', value: await unevenness(quick), unit: '' })
    return figures
  },
}

/** Of the answers of a relay that has nothing to do. */
async function unevenness(quick: boolean): Promise<number> {
  const idler = fork(new URL('./idler.ts', import.meta.url))
  try {
    const [port] = (await once(idler, 'message')) as [number]
    const tookMs = await asked(`ws://127.0.0.1:${port}/`, quick, round => ({ limit: round }), IDLER_EVENTS)
    return percentile(tookMs, 0.99) / percentile(tookMs, 0.5)
  } finally {
    idler.kill()
  }
}

/** Words from the commonest down to some that a handful of posts have. */
export const search: Part = {
  name: 'search',
  needs: 'filled',
  async measure({ relay, events, quick, progress }) {
    progress('searching')
    const filter = (i: number) => ({
      search: wordOfRank(Math.floor(4_000 ** (((i * 7) % 100) / 100))),
      limit: 50,
      until: endOf(events) + i,
    })
    const tookMs = await asked(relay.url, quick, filter, undefined)
    return [
      { what: 'search of one word, 50: p50', value: percentile(tookMs, 0.5), unit: 'ms' },
      { what: 'search of one word, 50: p99', value: percentile(tookMs, 0.99), unit: 'ms', goal: atMost(15) },
    ]
  },
}

async function asked(
  url: string,
  quick: boolean,
  filter: (round: number) => object,
  wanted: number | undefined,
): Promise<number[]> {
  const warmUp = quick ? QUICK_WARM_UP : WARM_UP
  const filters = Array.from({ length: (quick ? QUICK_ROUNDS : ROUNDS) + warmUp }, (_, round) => filter(round))
  // So that V8 does not do it while the relay is asked, on the same cores.
  collectGarbage()
  const asking: Asking = { url, filters, warmUp, wanted, longestMs: LONGEST_MS }
  const worker = new Worker(new URL('./asker.ts', import.meta.url), { workerData: asking })
  const [tookMs] = (await once(worker, 'message')) as [number[]]
  await worker.terminate()
  return tookMs
}
