/**
 * Where each run of the program began to write. A data directory that was put back to an older state gives the positions
 * that it has forgotten to other events; whoever was given one in a run that is cut short here goes on where it is cut.
 */
import { randomBytes } from 'node:crypto'
import type { Database } from './database.ts'
import type { Draft } from './draft.ts'
import { metaKey, POSITION_BYTES, readPosition, writePosition } from './keys.ts'
import type { Position } from './store.ts'

export interface Runs {
  /** Of the last event: 8 hex digits, none in a store that has had no event. */
  current(): string
  /** With the first event of this run, in the same batch. @param last position before it */
  note(draft: Draft, last: Position): void
  /** Nobody knows whether it was written. */
  forget(): void
  /** Where to go on behind a position that was given in that run. */
  resume(run: string, position: Position, last: Position): Position
}

interface Run {
  readonly id: string
  /** The last position before it. */
  readonly after: Position
}

const ID_BYTES = 4
const ROW_BYTES = ID_BYTES + POSITION_BYTES
/** A client that comes back after so many runs is taken at its word, as one that was given its cursor before there were runs. */
const MAX_RUNS = 64

export function createRuns(db: Database): Runs {
  const id = randomBytes(ID_BYTES).toString('hex')
  let runs = read(db)
  let isNoted = false
  return {
    current: () => runs.at(-1)?.id ?? '',
    note(draft, last) {
      if (isNoted) return
      isNoted = true
      runs = [...runs, { id, after: last }].slice(-MAX_RUNS)
      draft.put(metaKey('runs'), encode(runs))
    },
    forget() {
      runs = read(db)
      isNoted = runs.at(-1)?.id === id
    },
    resume(run, position, last) {
      const at = runs.findIndex(one => one.id === run)
      if (at !== -1) return Math.min(position, runs[at + 1]?.after ?? last)
      // Beyond what was ever given here: the whole run is forgotten, and nobody knows what else.
      return position > last ? 0 : position
    },
  }
}

function encode(runs: readonly Run[]): Buffer {
  const bytes = Buffer.alloc(runs.length * ROW_BYTES)
  runs.forEach(({ id, after }, i) => {
    bytes.write(id, i * ROW_BYTES, 'hex')
    writePosition(bytes, i * ROW_BYTES + ID_BYTES, after)
  })
  return bytes
}

function read(db: Database): readonly Run[] {
  const bytes = db.getSync(metaKey('runs')) ?? Buffer.alloc(0)
  return Array.from({ length: Math.floor(bytes.length / ROW_BYTES) }, (_, i) => ({
    id: bytes.toString('hex', i * ROW_BYTES, i * ROW_BYTES + ID_BYTES),
    after: readPosition(bytes, i * ROW_BYTES + ID_BYTES),
  }))
}
