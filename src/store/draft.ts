/** One batch while it is put together: what was read from the database, changed by what is going to be written. */
import type { Database, Operation } from './database.ts'
import type { HeadChange } from './heads.ts'
import { metaKey } from './keys.ts'
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
  readonly heads: HeadChange[]
  /** What to write, the counters included; empty if nothing changed. */
  operations(): Operation[]
  /** Operations so far, without building them. */
  size(): number
}

export function createDraft(db: Database, state: Readonly<State>): Draft {
  const changes = new Map<string, Operation>()
  const next = { ...state }
  return {
    state: next,
    heads: [],
    get(key) {
      const change = changes.get(key.toString('latin1'))
      if (change === undefined) return db.getSync(key)
      return change.type === 'put' ? change.value : undefined
    },
    put(key, value) {
      changes.set(key.toString('latin1'), { type: 'put', key, value })
    },
    delete(key) {
      changes.set(key.toString('latin1'), { type: 'del', key })
    },
    operations() {
      if (changes.size === 0) return []
      return [...changes.values(), { type: 'put', key: metaKey('state'), value: encodeState(next) }]
    },
    size: () => changes.size,
  }
}
