/** The rhythm of pulling: every ten seconds while somebody looks, slower when not, at once when something was asked. */
import type { EventCalls, Pulled } from './events.ts'
import type { Trouble } from './trouble.ts'

export interface PullsParts {
  readonly pull: EventCalls['pull']
  /** Takes what came; its end is waited for before the cursor is believed. */
  readonly take: (pulled: Pulled) => Promise<void>
  /** Told after each try: what is wrong, or undefined when the node answered. */
  readonly onState: (trouble: Trouble | undefined) => void
  /** Where the last visit ended; undefined at the first. */
  readonly cursor: string | undefined
  readonly isVisible: () => boolean
  /** Data saver: three times slower. */
  readonly isSaving: () => boolean
}

export interface Pulls {
  /** Pulls now instead of when it is due. */
  now(): void
  stop(): void
}

const PULL_MS = 10_000
const HIDDEN_MS = 60_000
const SAVING_FACTOR = 3
const FIRST_EVENTS = 300
const NEXT_EVENTS = 1_000
/** After failures the wait doubles up to this. */
const MAX_WAIT_MS = 60_000

export function startPulls(parts: PullsParts): Pulls {
  const { pull, take, onState, isVisible, isSaving } = parts
  let { cursor } = parts
  let timer: ReturnType<typeof setTimeout> | undefined
  let running = false
  let again = false
  let failures = 0
  const stopping = new AbortController()

  async function run(): Promise<void> {
    if (running) {
      again = true
      return
    }
    clearTimeout(timer)
    running = true
    let trouble: Trouble | undefined
    try {
      do {
        again = false
        trouble = await pullAll()
      } while (again && trouble === undefined && !stopping.signal.aborted)
    } catch {
      // What came could not be taken; the cursor stays, and it comes again.
      trouble = { trouble: 'broken' }
    } finally {
      running = false
    }
    if (stopping.signal.aborted) return
    failures = trouble === undefined ? 0 : failures + 1
    onState(trouble)
    timer = setTimeout(run, waitMs())
  }

  /** Until nothing more waits behind the cursor. */
  async function pullAll(): Promise<Trouble | undefined> {
    for (;;) {
      const pulled = await pull(cursor, cursor === undefined ? FIRST_EVENTS : NEXT_EVENTS, stopping.signal)
      if (stopping.signal.aborted) return undefined
      if ('trouble' in pulled) return pulled
      await take(pulled)
      cursor = pulled.cursor
      if (!pulled.more) return undefined
    }
  }

  function waitMs(): number {
    const pace = (isVisible() ? PULL_MS : HIDDEN_MS) * (isSaving() ? SAVING_FACTOR : 1)
    return failures === 0 ? pace : Math.max(pace, Math.min(MAX_WAIT_MS, PULL_MS * 2 ** (failures - 1)))
  }

  void run()
  return {
    now: () => void run(),
    stop() {
      clearTimeout(timer)
      stopping.abort()
    },
  }
}
