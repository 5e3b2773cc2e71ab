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
import type { Slices } from './pace.ts'
import type { Worth } from './store.ts'
import { isGiftWrap } from './tombstones.ts'
import type { Writer } from './writer.ts'

/** Removed with one batch. */
const STEP = 200

export interface Vanishing {
  /** Removes what is left of those who asked to vanish; goes on where an earlier run was cut off. */
  run(): Promise<void>
  /** Forgets some of those who asked if they are too many. */
  bound(): Promise<void>
}

/**
 * Who is remembered as vanished: 40 bytes each. Beyond this those go whom the owner does not follow, the earliest request
 * first, so that many who were never here do not crowd out whom the owner knew.
 */
export const MAX_VANISHED = 10_000

export function createVanishing(
  db: Database,
  writer: Writer,
  worth: Worth,
  slices: Slices,
  max = MAX_VANISHED,
): Vanishing {
  /** In batches of its own, so that other writes come in between. */
  async function removeAll(keys: AsyncIterable<Buffer[]>, positionAt: number, isGoing: (event: NostrEvent) => boolean) {
    for await (const page of keys) {
      await writer.run({
        durable: false,
        async build(draft) {
          for (const key of page) {
            if (slices.isOver()) await slices.rest()
            const stored = readEvent(draft, readPosition(key, positionAt))
            if (stored !== undefined && isGoing(stored.event)) removeEvent(draft, stored)
          }
        },
      })
    }
  }

  async function* pages(range: { gte: Buffer; lte: Buffer } | ReturnType<typeof authorKindsRange>) {
    const reader = db.keys(range)
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

  async function bound(): Promise<void> {
    const rows: [Buffer, Buffer][] = []
    const reader = db.iterator(tableRange(TABLE.vanished))
    for (let page = await reader.nextv(STEP); page.length > 0; page = await reader.nextv(STEP)) rows.push(...page)
    await reader.close()
    if (rows.length <= max) return
    const dear = (key: Buffer) => vanishedOf(key) === worth.owner() || worth.isFollowed(vanishedOf(key))
    const ranked = rows.map(([key, until]) => ({ key, isDear: dear(key), until: until.readUInt32BE(0) }))
    ranked.sort((a, b) => Number(a.isDear) - Number(b.isDear) || a.until - b.until)
    const gone = ranked.slice(0, rows.length - max + Math.floor(max / 100))
    await writer.run({
      durable: false,
      build(draft) {
        for (const { key } of gone) draft.delete(key)
      },
    })
  }

  return {
    bound,
    async run() {
      await bound()
      for (const [key, until] of await db.iterator(tableRange(TABLE.vanishing)).all()) {
        await forget(vanishedOf(key), until.readUInt32BE(0))
      }
    },
  }
}
