/** Deliveries as the rest of the program sees them. The rows are built in deliveries.ts. */
import type { Database } from './database.ts'
import { changeDelivery, changeUnsent, decodeDelivery, forgetDelivery, gossipOf } from './deliveries.ts'
import {
  deliveryKey,
  deliveryOf,
  eventKey,
  idKey,
  msOf,
  openToKey,
  openToOf,
  openToRange,
  positionRange,
  readPosition,
  TABLE,
  tableRange,
  untilMsRange,
} from './keys.ts'
import { decodeRecord, markOf } from './record.ts'
import type { Delivery, Outbox, Sent, StoredEvent } from './store.ts'
import type { Writer } from './writer.ts'

/** Settled deliveries are history for the owner to look at, no more. */
export const MAX_SETTLED = 1_000
const SETTLED_MS = 7 * 24 * 3600 * 1000
/** Rows read at once where open and settled ones are mixed. */
const PAGE = 256

export interface OutboxParts {
  readonly db: Database
  readonly writer: Writer
  readonly nowMs: () => number
}

export function createOutbox({ db, writer, nowMs }: OutboxParts): Outbox {
  async function read(keys: Buffer[]): Promise<Delivery[]> {
    const values = await db.getMany(keys, {})
    const deliveries: Delivery[] = []
    keys.forEach((key, i) => {
      const value = values[i]
      if (value !== undefined) deliveries.push(decodeDelivery(key, value))
    })
    return deliveries
  }

  /** Those settled a week ago, and the longest settled beyond the bound. */
  async function forgetSettled(): Promise<void> {
    const old = await db.keys(untilMsRange(TABLE.settled, nowMs() - SETTLED_MS)).all()
    const excess = Math.max(old.length, writer.state().settled - MAX_SETTLED)
    if (excess <= 0) return
    const keys = await db.keys({ ...tableRange(TABLE.settled), limit: excess }).all()
    await writer.run({
      durable: false,
      build(draft) {
        for (const key of keys) forgetDelivery(draft, deliveryOf(key))
      },
    })
  }

  /** Open deliveries, the newest event's first. */
  async function newestOpen(limit: number): Promise<Delivery[]> {
    const open: Delivery[] = []
    const reader = db.iterator({ ...tableRange(TABLE.delivery), reverse: true })
    try {
      while (open.length < limit) {
        const page = await reader.nextv(PAGE)
        if (page.length === 0) break
        for (const [key, value] of page) {
          const delivery = decodeDelivery(key, value)
          if (delivery.open && open.length < limit) open.push(delivery)
        }
      }
    } finally {
      await reader.close()
    }
    return open
  }

  return {
    async due(untilMs, limit) {
      const keys = await db.keys({ ...untilMsRange(TABLE.due, untilMs), limit }).all()
      return read(keys.map(deliveryOf))
    },
    async nextDueMs() {
      const [first] = await db.keys({ ...tableRange(TABLE.due), limit: 1 }).all()
      return first === undefined ? undefined : msOf(first)
    },
    async openFor(pubkey, limit, after = 0) {
      const { lte } = openToRange(pubkey, 'this')
      const keys = await db.keys({ gt: openToKey(pubkey, after), lte, limit }).all()
      return read(keys.map(key => deliveryKey(openToOf(key).position, pubkey)))
    },
    async recipients(limit) {
      const recipients: string[] = []
      let [key] = await db.keys({ ...tableRange(TABLE.openTo), limit: 1 }).all()
      while (key !== undefined && recipients.length < limit) {
        const { to } = openToOf(key)
        recipients.push(to)
        key = (await db.keys({ ...openToRange(to, 'after'), limit: 1 }).all())[0]
      }
      return recipients
    },
    async change(deliveries, next) {
      const changes = await writer.run({
        durable: true,
        build: draft => deliveries.flatMap(delivery => changeDelivery(draft, delivery, next) ?? []),
      })
      await forgetSettled()
      return changes
    },
    async ofEvent(id) {
      const position = db.getSync(idKey(id))
      if (position === undefined) return []
      const at = readPosition(position, 0)
      const rows = await db.iterator(positionRange(TABLE.delivery, at - 1, at)).all()
      return rows.map(([key, value]) => decodeDelivery(key, value))
    },
    async list(limit) {
      const open = await newestOpen(limit)
      const settled = await db
        .keys({ ...tableRange(TABLE.settled), reverse: true, limit: Math.max(0, limit - open.length) })
        .all()
      return [...open, ...(await read(settled.map(deliveryOf)))]
    },
    counts() {
      const { waiting, delivered, expired } = writer.state()
      return { waiting, delivered, expired }
    },
    async unsent(limit) {
      const keys = await db.keys({ ...tableRange(TABLE.unsent), limit }).all()
      const positions = keys.map(key => readPosition(key, 1))
      const records = await db.getMany(positions.map(eventKey), {})
      const unsent: StoredEvent[] = []
      positions.forEach((position, i) => {
        const record = records[i]
        if (record !== undefined) unsent.push({ event: decodeRecord(record), position, mark: markOf(record) })
      })
      return unsent
    },
    async markSent(sent: readonly Sent[]) {
      await writer.run({
        durable: false,
        build(draft) {
          for (const one of sent) changeUnsent(draft, one)
        },
      })
    },
    gossipOf: position => gossipOf({ get: key => db.getSync(key) }, position),
  }
}
