/** Keeps the columns in step with the disk: read once, when they are first asked for, and changed with every batch. */
import { Columns, type Head } from './columns.ts'
import type { Database } from './database.ts'
import { headOfAuthorKey, TABLE, tableRange } from './keys.ts'
import type { Position } from './store.ts'

export interface HeadChange extends Head {
  readonly isRemoved: boolean
}

export interface Heads {
  /** The columns, read from the disk if they are not there yet. */
  ready(): Columns | Promise<Columns>
  /** How many events have gone since the store was opened. */
  removals(): number
  /** After a batch was written. */
  apply(changes: readonly HeadChange[]): void
  /** What is on the disk is not known: read again. */
  forget(): void
}

const PAGE = 1_000
const PAGE_BYTES = 64 * 1024

export function createHeads(db: Database): Heads {
  const columns = new Columns()
  let isReady = false
  let reading: Promise<Columns> | undefined
  /** Removed while the disk is read: an older state of it may still show them. */
  let removed = new Set<Position>()
  /** Which reading is the valid one. */
  let turn = 0
  let removals = 0

  async function read(): Promise<Columns> {
    for (;;) {
      const mine = ++turn
      columns.clear()
      removed = new Set()
      if (await readAll(mine)) break
    }
    isReady = true
    removed = new Set()
    return columns
  }

  /** False if it was all for nothing. */
  async function readAll(mine: number): Promise<boolean> {
    const reader = db.keys({ ...tableRange(TABLE.author), highWaterMarkBytes: PAGE_BYTES })
    try {
      for (let page = await reader.nextv(PAGE); mine === turn; page = await reader.nextv(PAGE)) {
        if (page.length === 0) return true
        for (const key of page) {
          const head = headOfAuthorKey(key)
          if (!removed.has(head.position)) columns.add(head)
        }
      }
      return false
    } finally {
      await reader.close()
    }
  }

  return {
    ready() {
      if (isReady) return columns
      reading ??= read().finally(() => {
        reading = undefined
      })
      return reading
    },
    removals: () => removals,
    apply(changes) {
      for (const { isRemoved } of changes) if (isRemoved) removals++
      if (!isReady && reading === undefined) return
      for (const change of changes) {
        if (!change.isRemoved) columns.add(change)
        else {
          columns.remove(change.createdAt, change.position)
          if (!isReady) removed.add(change.position)
        }
      }
    },
    forget() {
      isReady = false
      turn++
      removals++
      columns.clear()
    },
  }
}
