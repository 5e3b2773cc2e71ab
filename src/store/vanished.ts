/** Requests to vanish (NIP-62): an author's past goes, step by step, and does not come back. */
import { type NostrEvent, tagValues } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import type { Database } from './database.ts'
import { readEvent, removeEvent } from './insert.ts'
import {
  ALL_KINDS,
  authorKindsRange,
  readPosition,
  TABLE,
  TIME_AT,
  tableRange,
  tagPrefix,
  timeRange,
  vanishedOf,
  vanishingKey,
} from './keys.ts'
import { createSlices } from './pace.ts'
import { isGiftWrap } from './tombstones.ts'
import type { Writer } from './writer.ts'

/** Removed with one batch. */
const STEP = 200
export interface Vanishing {
  /** Removes what is left of those who asked to vanish; goes on where an earlier run was cut off. */
  run(): Promise<void>
}

export function createVanishing(db: Database, writer: Writer): Vanishing {
  /** In batches of its own, so that other writes come in between. */
  async function removeAll(keys: AsyncIterable<Buffer[]>, positionAt: number, isGoing: (event: NostrEvent) => boolean) {
    for await (const page of keys) {
      await writer.run({
        durable: false,
        build(draft) {
          for (const key of page) {
            const stored = readEvent(draft, readPosition(key, positionAt))
            if (stored !== undefined && isGoing(stored.event)) removeEvent(draft, stored)
          }
        },
      })
    }
  }

  async function* pages(range: { gte: Buffer; lte: Buffer } | ReturnType<typeof authorKindsRange>) {
    const reader = db.keys(range)
    const slices = createSlices()
    try {
      for (let page = await reader.nextv(STEP); page.length > 0; page = await reader.nextv(STEP)) {
        yield page
        if (slices.isOver()) await slices.rest()
      }
    } finally {
      await reader.close()
    }
  }

  async function forget(pubkey: string, until: number): Promise<void> {
    const own = authorKindsRange(pubkey, ...ALL_KINDS)
    await removeAll(pages(own), TIME_AT.author + 4, event => {
      return event.pubkey === pubkey && event.kind !== KIND.vanish && event.created_at <= until
    })
    const toThem = timeRange(tagPrefix('p', pubkey), 0, until)
    await removeAll(pages(toThem), TIME_AT.tag + 4, event => {
      return isGiftWrap(event.kind) && tagValues(event, 'p').includes(pubkey)
    })
    await writer.run({ durable: true, build: draft => draft.delete(vanishingKey(pubkey)) })
  }

  return {
    async run() {
      for (const [key, until] of await db.iterator(tableRange(TABLE.vanishing)).all()) {
        await forget(vanishedOf(key), until.readUInt32BE(0))
      }
    },
  }
}
