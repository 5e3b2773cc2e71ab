/** Rows of the outbox: one a delivery, and the keys that find it by due time, by recipient, and once it is settled. */
import type { Draft, Lookup } from './draft.ts'
import {
  deliveryKey,
  dueKey,
  eventKey,
  NOTHING,
  openToKey,
  POSITION_BYTES,
  passedKey,
  readMs,
  readPosition,
  recipientsKey,
  settledKey,
  unsentKey,
  writeMs,
} from './keys.ts'
import type { Delivery, DeliveryChange, Passed, Pending, Position, Sent } from './store.ts'

const PUBKEY_BYTES = 32

/** What an event still has to go through, written with it. */
export function addPending(draft: Draft, eventId: string, position: Position, pending: Pending, nowMs: number): void {
  if (pending.broadcast) draft.put(unsentKey(position), NOTHING)
  const recipients = [...new Set(pending.to)]
  const { for: standbyFor, dueMs = nowMs } = pending.standby ?? {}
  if (recipients.length === 0) return
  draft.put(recipientsKey(position), Buffer.from(recipients.join(''), 'hex'))
  for (const to of recipients) {
    const times = { createdMs: nowMs, changedMs: nowMs, dueMs }
    const fresh = { state: 'waiting', attempts: 0, open: true, standbyFor, ackedBy: [], lastError: '' } as const
    link(draft, { eventId, position, to, ...fresh, ...times })
  }
}

/** With the event goes whatever was still to be done with it: nobody needs it any more. */
export function removePending(draft: Draft, position: Position): void {
  draft.delete(unsentKey(position))
  for (const to of recipientsOf(draft, position)) {
    const delivery = readDelivery(draft, deliveryKey(position, to))
    if (delivery !== undefined) unlink(draft, delivery)
  }
  draft.delete(recipientsKey(position))
  if (draft.get(passedKey(position)) !== undefined) draft.delete(passedKey(position))
}

/** No longer unsent; one that was sent already, or is gone, stays so. */
export function changeUnsent(draft: Draft, { position, nodes, atMs }: Sent): void {
  if (draft.get(unsentKey(position)) === undefined) return
  draft.delete(unsentKey(position))
  draft.put(passedKey(position), Buffer.concat([writeMs(atMs), Buffer.of(nodes >>> 8, nodes)]))
}

export function gossipOf(lookup: Lookup, position: Position): 'unsent' | Passed | undefined {
  if (lookup.get(unsentKey(position)) !== undefined) return 'unsent'
  const row = lookup.get(passedKey(position))
  return row === undefined ? undefined : { nodes: row.readUInt16BE(row.length - 2), atMs: readMs(row) }
}

/** @returns what became of it; undefined for one that was forgotten, or stays as it is */
export function changeDelivery(
  draft: Draft,
  { position, to }: Pick<Delivery, 'position' | 'to'>,
  next: (before: Delivery) => Delivery | undefined,
): DeliveryChange | undefined {
  const before = readDelivery(draft, deliveryKey(position, to))
  const after = before && next(before)
  if (before === undefined || after === undefined) return undefined
  unlink(draft, before)
  link(draft, after)
  return { before, after }
}

/** A settled one goes; one that was opened again meanwhile stays. */
export function forgetDelivery(draft: Draft, key: Buffer): void {
  const delivery = readDelivery(draft, key)
  if (delivery === undefined || delivery.open) return
  unlink(draft, delivery)
  const others = recipientsOf(draft, delivery.position).filter(to => to !== delivery.to)
  const list = recipientsKey(delivery.position)
  if (others.length === 0) draft.delete(list)
  else draft.put(list, Buffer.from(others.join(''), 'hex'))
}

export function recipientsOf(lookup: Lookup, position: Position): string[] {
  const list = lookup.get(recipientsKey(position))
  const recipients: string[] = []
  if (list === undefined) return recipients
  for (let at = 0; at < list.length; at += PUBKEY_BYTES) recipients.push(list.toString('hex', at, at + PUBKEY_BYTES))
  return recipients
}

/** Whether anybody still has to get the event, or the overlay has not heard of it yet. */
export function isPending(lookup: Lookup, position: Position): boolean {
  if (lookup.get(unsentKey(position)) !== undefined) return true
  return recipientsOf(lookup, position).some(to => readDelivery(lookup, deliveryKey(position, to))?.open)
}

export function readDelivery(lookup: Lookup, key: Buffer): Delivery | undefined {
  const value = lookup.get(key)
  return value === undefined ? undefined : decodeDelivery(key, value)
}

/** @param key of the table `delivery`; @param value what `link` wrote there */
export function decodeDelivery(key: Buffer, value: Buffer): Delivery {
  const rest = JSON.parse(value.toString()) as Omit<Delivery, 'position' | 'to'>
  return { ...rest, position: readPosition(key, 1), to: key.toString('hex', 1 + POSITION_BYTES) }
}

/** For a rebuild: everything that leads to a row; the row goes if its event is gone. */
export function relinkDelivery(draft: Draft, delivery: Delivery): void {
  const { position, to } = delivery
  if (draft.get(eventKey(position)) === undefined) {
    draft.delete(deliveryKey(position, to))
    return
  }
  const recipients = [...recipientsOf(draft, position), to]
  draft.put(recipientsKey(position), Buffer.from(recipients.join(''), 'hex'))
  link(draft, delivery)
}

function link(draft: Draft, delivery: Delivery): void {
  const { position, to, ...rest } = delivery
  draft.put(deliveryKey(position, to), Buffer.from(JSON.stringify(rest)))
  if (delivery.open) {
    draft.put(dueKey(delivery.dueMs, position, to), NOTHING)
    draft.put(openToKey(to, position), NOTHING)
  } else {
    draft.put(settledKey(delivery.changedMs, position, to), NOTHING)
    draft.state.settled++
  }
  draft.state[delivery.state]++
}

function unlink(draft: Draft, delivery: Delivery): void {
  const { position, to } = delivery
  draft.delete(deliveryKey(position, to))
  if (delivery.open) {
    draft.delete(dueKey(delivery.dueMs, position, to))
    draft.delete(openToKey(to, position))
  } else {
    draft.delete(settledKey(delivery.changedMs, position, to))
    draft.state.settled--
  }
  draft.state[delivery.state]--
}
