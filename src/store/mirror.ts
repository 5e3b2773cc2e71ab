/** Keeps something in memory in step with the disk: read once, when it is first asked for, and changed with every batch. */
import type { Slices } from './pace.ts'
import type { Position, StoredEvent } from './store.ts'
import { withoutGrowth } from './young-space.ts'

/** An event that came or went with a batch. */
export interface Change {
  readonly stored: StoredEvent
  readonly isRemoved: boolean
  /** Of one that came, as it is on the disk. */
  readonly record?: Buffer
}

export interface Mirror<M> {
  /** What is in memory, read from the disk if it is not there yet. */
  ready(): M | Promise<M>
  /** After a batch was written. */
  apply(changes: readonly Change[]): void
  /** What is on the disk is not known: read again. */
  forget(): void
}

/** What is kept of each event; twice the same is once. */
export interface Rows<R> {
  add(row: R): void
  remove(row: R): void
  clear(): void
}

export interface MirrorParts<R extends { readonly position: Position }, M extends Rows<R>> {
  readonly rows: M
  /** All that is on the disk. */
  readonly pages: () => AsyncIterable<readonly R[]>
  readonly rowOf: (stored: StoredEvent) => R
  readonly slices: Slices
}

/** Rows between two looks at the clock: a tenth of a millisecond. */
const STEP = 64

export function createMirror<R extends { readonly position: Position }, M extends Rows<R>>({
  rows,
  pages,
  rowOf,
  slices,
}: MirrorParts<R, M>): Mirror<M> {
  let isReady = false
  let reading: Promise<M> | undefined
  /** Removed while the disk is read: an older state of it may still show them. */
  let removed = new Set<Position>()
  /** Which reading is the valid one. */
  let turn = 0

  async function read(): Promise<M> {
    for (;;) {
      const mine = ++turn
      rows.clear()
      removed = new Set()
      if (await readAll(mine)) break
    }
    isReady = true
    removed = new Set()
    return rows
  }

  /** False if it was all for nothing. */
  async function readAll(mine: number): Promise<boolean> {
    for await (const page of pages()) {
      if (mine !== turn) return false
      for (const [i, row] of page.entries()) {
        if (!removed.has(row.position)) rows.add(row)
        if (i % STEP === 0 && slices.isOver()) {
          await slices.rest()
          if (mine !== turn) return false
        }
      }
    }
    return mine === turn
  }

  return {
    ready() {
      if (isReady) return rows
      reading ??= withoutGrowth(read).finally(() => {
        reading = undefined
      })
      return reading
    },
    apply(changes) {
      if (!isReady && reading === undefined) return
      for (const { stored, isRemoved } of changes) {
        if (!isRemoved) rows.add(rowOf(stored))
        else {
          rows.remove(rowOf(stored))
          if (!isReady) removed.add(stored.position)
        }
      }
    },
    forget() {
      isReady = false
      turn++
      rows.clear()
    },
  }
}
