/** The binding of this node has an end: whoever it concerns is told when that comes near, and when it has come. */
import type { OnActivity } from '../observe/activity.ts'
import type { Clock } from '../observe/clock.ts'
import type { BindingState } from '../wire/binding-report.ts'
import type { BindingReader } from './binding-state.ts'

export interface BindingWatch {
  /** Looks now: the binding may have changed. */
  look(): void
  start(): void
  stop(): void
}

export interface BindingWatchParts {
  readonly binding: BindingReader
  readonly owner: () => string | undefined
  /** Tells neighbours and the overlay what this node shows now, if that has changed. */
  readonly reintroduce: () => Promise<void>
  /** This node is bound: its owner's other nodes talk to it now. */
  readonly onBound: () => void
  readonly clock: Clock
  readonly onActivity: OnActivity
}

/** An end is noticed to the second when it is nearer than this; timers of weeks are not kept. */
const LOOK_MS = 3_600_000
/** How often a person is asked again for a binding that ends soon. */
const REMIND_MS = 24 * 3_600_000

export function createBindingWatch(parts: BindingWatchParts): BindingWatch {
  const { binding, owner, reintroduce, onBound, clock, onActivity } = parts
  let cancel = () => {}
  /** What was told last, and when. */
  let told: { readonly state: BindingState; readonly expires: string | null; readonly atMs: number } | undefined
  let stopped = false

  function tell(): void {
    const { state, expires } = binding.status()
    const nowMs = clock.nowMs()
    const isNews = told !== undefined && (told.state !== state || told.expires !== expires)
    const isReminder = state === 'expires-soon' && (told === undefined || nowMs - told.atMs >= REMIND_MS)
    if (told === undefined || isNews || isReminder) told = { state, expires, atMs: nowMs }
    if (isNews || isReminder) onActivity({ what: 'binding', state, expires })
  }

  function look(): void {
    if (stopped) return
    cancel()
    // The start-up print says how an owner's node stands; a node without an owner has nothing to be told.
    if (owner() !== undefined) tell()
    const { expires } = binding.status()
    void reintroduce()
    if (expires !== null) onBound()
    const leftMs = expires === null ? LOOK_MS : Date.parse(expires) - clock.nowMs()
    cancel = clock.after(Math.min(LOOK_MS, Math.max(1_000, leftMs)), look)
  }

  return {
    look,
    start: look,
    stop() {
      stopped = true
      cancel()
    },
  }
}
