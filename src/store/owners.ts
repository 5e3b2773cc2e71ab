/** What is kept of other nodes' owners and of this owner's other nodes: who has bound a node, and how far a copy got. */
import type { Database } from './database.ts'
import { boundOwnerKey, ownCursorKey, ownerOf, readMs, TABLE, tableRange, writeMs } from './keys.ts'
import type { BoundOwnerBook, OwnCursors } from './store.ts'
import type { Writer } from './writer.ts'

/** Two for each node; more than an owner has at a time. When there are so many, all are forgotten. */
const MAX_CURSORS = 64

export interface OwnersParts {
  readonly db: Database
  readonly writer: Writer
}

export function createBoundOwnerBook({ db, writer }: OwnersParts): BoundOwnerBook {
  return {
    async list() {
      const rows = await db.iterator(tableRange(TABLE.boundOwner)).all()
      return rows.map(([key, value]) => ({ owner: ownerOf(key), untilMs: readMs(value) }))
    },
    async save(owner, untilMs) {
      await writer.run({
        durable: false,
        build(draft) {
          if (untilMs === undefined) draft.delete(boundOwnerKey(owner))
          else draft.put(boundOwnerKey(owner), writeMs(untilMs))
        },
      })
    },
  }
}

export function createOwnCursors({ db, writer }: OwnersParts): OwnCursors {
  return {
    get: (node, what) => db.getSync(ownCursorKey(node, what))?.toString(),
    async save(node, what, cursor) {
      const key = ownCursorKey(node, what)
      // Nodes come and go over the years; a node that was forgotten is compared anew.
      const known = await db.keys({ ...tableRange(TABLE.ownCursor), limit: MAX_CURSORS }).all()
      const excess = known.length < MAX_CURSORS ? [] : known.filter(other => !other.equals(key))
      await writer.run({
        durable: false,
        build(draft) {
          for (const other of excess) draft.delete(other)
          draft.put(key, Buffer.from(cursor))
        },
      })
    },
  }
}
