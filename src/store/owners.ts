/** What is kept of other nodes' owners and of this owner's other nodes: who has bound a node, and how far a copy got. */
import type { Database } from './database.ts'
import { boundOwnerKey, ownCursorKey, ownerOf, readMs, TABLE, tableRange, writeMs } from './keys.ts'
import type { BoundOwnerBook, OwnCursors } from './store.ts'
import type { Writer } from './writer.ts'

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
    get: node => db.getSync(ownCursorKey(node))?.toString(),
    async save(node, cursor) {
      await writer.run({
        durable: false,
        build(draft) {
          draft.put(ownCursorKey(node), Buffer.from(cursor))
        },
      })
    },
  }
}
