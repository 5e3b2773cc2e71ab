/** The columns of all events (columns.ts), in step with the disk. */
import { authorNumbers, Columns, type Head } from './columns.ts'
import type { Database } from './database.ts'
import { headOfAuthorKey, TABLE, tableRange } from './keys.ts'
import { createMirror, type Mirror } from './mirror.ts'
import type { Slices } from './pace.ts'
import type { StoredEvent } from './store.ts'

export interface Heads extends Mirror<Columns> {
  /** How many events have gone since the store was opened. */
  removals(): number
}

const PAGE = 1_000
const PAGE_BYTES = 64 * 1024

export function createHeads(db: Database, slices: Slices): Heads {
  const mirror = createMirror({ rows: new Columns(), pages: () => pagesOf(db), rowOf: headOf, slices })
  let removals = 0
  return {
    ready: mirror.ready,
    removals: () => removals,
    apply(changes) {
      for (const { isRemoved } of changes) if (isRemoved) removals++
      mirror.apply(changes)
    },
    forget() {
      removals++
      mirror.forget()
    },
  }
}

async function* pagesOf(db: Database): AsyncGenerator<readonly Head[]> {
  const reader = db.keys({ ...tableRange(TABLE.author), highWaterMarkBytes: PAGE_BYTES })
  try {
    for (let page = await reader.nextv(PAGE); page.length > 0; page = await reader.nextv(PAGE)) {
      yield page.map(headOfAuthorKey)
    }
  } finally {
    await reader.close()
  }
}

function headOf({ event, position }: StoredEvent): Head {
  return { createdAt: event.created_at, position, kind: event.kind, ...authorNumbers(event.pubkey) }
}
