/** Every entry of an event beside its pending deliveries: the record and the keys that lead to it. */
import { expirationOf, type VerifiedEvent } from '../event/event.ts'
import { addressOf } from '../event/order.ts'
import { addressKey, authorKey, eventKey, expiryKey, idKey, NOTHING, positionBytes, tagKey } from './keys.ts'
import { encodeRecord } from './record.ts'
import type { StoredEvent } from './store.ts'

export interface Entry {
  readonly key: Buffer
  readonly value: Buffer
}

export function entriesOf({ event, position, mark }: StoredEvent): Entry[] {
  const here = positionBytes(position)
  const entries: Entry[] = [
    { key: eventKey(position), value: encodeRecord(event, mark) },
    { key: idKey(event.id), value: here },
    { key: authorKey(event, position), value: NOTHING },
  ]
  const address = addressOf(event)
  if (address !== undefined) entries.push({ key: addressKey(address), value: here })
  const expiresAt = expirationOf(event)
  if (expiresAt !== undefined) entries.push({ key: expiryKey(expiresAt, position), value: NOTHING })
  for (const [letter, values] of indexedTags(event)) {
    for (const value of values) entries.push({ key: tagKey(event, position, letter, value), value: NOTHING })
  }
  return entries
}

/** The event itself, of its entries. */
export function recordIn(entries: readonly Entry[]): Buffer {
  return entries[0]!.value
}

export function sizeOf(entries: readonly Entry[]): number {
  let bytes = 0
  for (const { key, value } of entries) bytes += key.length + value.length
  return bytes
}

/** What a filter can ask for (NIP-01): tags of one letter, by their first value; each value once. */
export function indexedTags(event: VerifiedEvent): Map<string, Set<string>> {
  const tags = new Map<string, Set<string>>()
  for (const [name, value] of event.tags) {
    if (name === undefined || value === undefined || !/^[a-zA-Z]$/.test(name)) continue
    const values = tags.get(name)
    if (values === undefined) tags.set(name, new Set([value]))
    else values.add(value)
  }
  return tags
}
