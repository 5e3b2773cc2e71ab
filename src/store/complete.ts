/** Up to when the store is surely complete: one number, written after what makes it true. */
import type { Database } from './database.ts'
import { metaKey } from './keys.ts'
import type { CompletenessBook } from './store.ts'
import type { Writer } from './writer.ts'

export function createCompletenessBook({
  db,
  writer,
}: {
  readonly db: Database
  readonly writer: Writer
}): CompletenessBook {
  return {
    completeUntil() {
      const text = db.getSync(metaKey('complete'))?.toString()
      return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
    },
    async save(seconds) {
      await writer.run({
        durable: false,
        build(draft) {
          draft.put(metaKey('complete'), Buffer.from(String(seconds)))
        },
      })
    },
  }
}
