/** What the owner decided about the relay: lists of keys, events, kinds and addresses, and how it calls itself (NIP-86). */
import type { Database } from './database.ts'
import { relayListKey, relayListOf, TABLE, tableRange } from './keys.ts'
import type { RelayListEntry, RelayListName, RelayLists } from './store.ts'
import type { Writer } from './writer.ts'

/** Numbers are never used again for something else. */
const RELAY_LIST: Readonly<Record<RelayListName, number>> = {
  allowedPubkey: 1,
  bannedPubkey: 2,
  allowedEvent: 3,
  bannedEvent: 4,
  allowedKind: 5,
  disallowedKind: 6,
  blockedIp: 7,
  info: 8,
}

const NAMES = new Map(Object.entries(RELAY_LIST).map(([name, number]) => [number, name as RelayListName]))

export function createRelayLists({ db, writer }: { readonly db: Database; readonly writer: Writer }): RelayLists {
  return {
    async all() {
      const entries: RelayListEntry[] = []
      for (const [key, text] of await db.iterator(tableRange(TABLE.relayList)).all()) {
        const { list, value } = relayListOf(key)
        const name = NAMES.get(list)
        if (name !== undefined) entries.push({ list: name, value, text: text.toString() })
      }
      return entries
    },
    async change(put, remove) {
      await writer.run({
        durable: true,
        build(draft) {
          for (const { list, value } of remove) draft.delete(relayListKey(RELAY_LIST[list], value))
          for (const { list, value, text } of put) draft.put(relayListKey(RELAY_LIST[list], value), Buffer.from(text))
        },
      })
    },
  }
}
