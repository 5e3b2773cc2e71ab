/** One batch while it is put together: what was read from the database, changed by what is going to be written. */
import type { Database, Operation } from './database.ts'
import { metaKey } from './keys.ts'
import type { Change } from './mirror.ts'
import { encodeState, type State } from './state.ts'

/** Reads of single keys; a draft's see its own writes. */
export interface Lookup {
  get(key: Buffer): Buffer | undefined
}

export interface Draft extends Lookup {
  put(key: Buffer, value: Buffer): void
  delete(key: Buffer): void
  /** The counters as they will be; changed by whoever writes. */
  readonly state: State
  /** Events that came and went, in order; for what is kept in memory of them. */
  readonly changes: Change[]
  /** What to write, the counters included; empty if nothing changed. */
  operations(): Operation[]
  /** Operations so far, without building them. */
  size(): number
}

export function createDraft(db: Database, state: Readonly<State>): Draft {
  const written = new Map<string, Operation>()
  const next = { ...state }
  return {
    state: next,
    changes: [],
    get(key) {
      const change = written.get(key.toString('latin1'))
      if (change === undefined) return db.getSync(key)
      return change.type === 'put' ? change.value : undefined
    },
    put(key, value) {
      written.set(key.toString('latin1'), { type: 'put', key, value })
    },
    delete(key) {
      written.set(key.toString('latin1'), { type: 'del', key })
    },
    operations() {
      if (written.size === 0) return []
      return [...written.values(), { type: 'put', key: metaKey('state'), value: encodeState(next) }]
    },
    size: () => written.size,
  }
}
