/**
 * The one writer. Jobs that wait at the same time share one batch (group commit); batches follow one another, so a
 * reader never sees a later job's writes before an earlier one's.
 */
import type { Database } from './database.ts'
import { createDraft, type Draft } from './draft.ts'
import { metaKey } from './keys.ts'
import type { Change } from './mirror.ts'
import type { Slices } from './pace.ts'
import { decodeState, type State } from './state.ts'

export interface Job<T> {
  /** On disk (synced) before the job is done. */
  readonly durable: boolean
  /** Changes the draft; waits at most for others to have a turn. What it throws fails the whole group. */
  build(draft: Draft): T | Promise<T>
  /** Work on the committed store that has to come first; what waits before the job is committed before. */
  readonly preparation?: Preparation
}

export interface Preparation {
  isNeeded(draft: Draft): boolean
  run(commit: Commit): Promise<void>
}

/** A batch of its own, made of whatever `change` does; may be called several times in one preparation. */
export type Commit = (change: (draft: Draft) => void | Promise<void>) => Promise<void>

export interface Writer {
  /** @throws what the disk says; then nothing of the job was written */
  run<T>(job: Job<T>): Promise<T>
  /** The counters as last committed. */
  state(): Readonly<State>
  /** Resolves when what was queued before is written. */
  settled(): Promise<void>
  /** Waits for what is queued, then refuses more. */
  close(): Promise<void>
}

/** A batch is closed at this many operations: some 200 posts, some 4 ms to build and to hand over. */
const MAX_GROUP_OPERATIONS = 700

/** What is kept in memory of the events, told of every batch that is on its way to the disk for good. */
export interface Memory {
  apply(changes: readonly Change[]): void
  /** Nobody knows what of a batch is there. */
  forget(): void
  /** The disk is back, before the next batch is made. */
  reload(): Promise<void>
  /** What else has to go, in the same batch, with the events that go. */
  beforeWriting(draft: Draft): Promise<void>
}

const NO_MEMORY: Memory = { apply: () => {}, forget: () => {}, reload: async () => {}, beforeWriting: async () => {} }

interface Waiting {
  readonly job: Job<unknown>
  resolve(value: unknown): void
  reject(reason: unknown): void
}

/**
 * @param reopen after a failed write LevelDB may refuse all others, and its log may end in half a record that would hide
 *   what follows; opening it anew mends both. Throws while the disk is still full.
 */
export function createWriter(
  db: Database,
  slices: Slices,
  reopen: () => Promise<void>,
  memory: Memory = NO_MEMORY,
): Writer {
  let queue: Waiting[] = []
  let state: State = readState(db)
  let running: Promise<void> | undefined
  let broken = false
  let closed = false

  async function write(draft: Draft, durable: boolean): Promise<void> {
    await memory.beforeWriting(draft)
    const operations = draft.operations()
    if (operations.length === 0) return
    try {
      await db.batch(operations, { sync: durable })
    } catch (error) {
      broken = true
      memory.forget()
      throw error
    }
    state = draft.state
    memory.apply(draft.changes)
  }

  async function mend(): Promise<void> {
    await reopen()
    state = readState(db)
    memory.forget()
    await memory.reload()
    broken = false
  }

  const commit: Commit = async change => {
    const draft = createDraft(db, state)
    await change(draft)
    await write(draft, false)
  }

  async function runGroup(): Promise<void> {
    const group: (Waiting & { result: unknown })[] = []
    try {
      if (broken) await mend()
      const first = createDraft(db, state)
      if (queue[0]?.job.preparation?.isNeeded(first)) await queue[0].job.preparation.run(commit)
      const draft = createDraft(db, state)
      let durable = false
      for (const waiting of queue) {
        if (group.length > 0 && (draft.size() > MAX_GROUP_OPERATIONS || waiting.job.preparation?.isNeeded(draft))) break
        const member = { ...waiting, result: undefined as unknown }
        group.push(member)
        const built = waiting.job.build(draft)
        member.result = built instanceof Promise ? await built : built
        durable ||= waiting.job.durable
      }
      await write(draft, durable)
    } catch (error) {
      // Before the first build only the first job is at fault.
      const failed = queue.splice(0, Math.max(group.length, 1))
      for (const waiting of failed) waiting.reject(error)
      return
    }
    queue = queue.slice(group.length)
    for (const { resolve, result } of group) resolve(result)
  }

  async function drain(): Promise<void> {
    // Everything that is called in the same turn of the event loop joins the first group.
    await Promise.resolve()
    while (queue.length > 0) {
      // All that wait for the disk wait for this one.
      if (slices.isOver()) await slices.rest('next')
      await runGroup()
    }
    running = undefined
  }

  return {
    run<T>(job: Job<T>): Promise<T> {
      if (closed) return Promise.reject(new Error('The store is closed.'))
      return new Promise<T>((resolve, reject) => {
        queue.push({ job, resolve: resolve as (value: unknown) => void, reject })
        running ??= drain()
      })
    },
    state: () => state,
    settled: async () => await running,
    async close() {
      closed = true
      await running
    },
  }
}

function readState(db: Database): State {
  return decodeState(db.getSync(metaKey('state')))
}
