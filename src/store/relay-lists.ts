/** What the owner decided about the relay: lists of keys, events, kinds and addresses, and how it calls itself (NIP-86). */
import type { Database } from './database.ts'
import { relayListKey, relayListOf, TABLE, tableRange } from './keys.ts'
import type { Writer } from './writer.ts'

/** Numbers are never used again for something else. */
export const RELAY_LIST = {
  allowedPubkey: 1,
  bannedPubkey: 2,
  allowedEvent: 3,
  bannedEvent: 4,
  allowedKind: 5,
  disallowedKind: 6,
  blockedIp: 7,
  /** `name`, `description`, `icon` → the text. */
  info: 8,
} as const
export type RelayListName = keyof typeof RELAY_LIST

export interface RelayListEntry {
  readonly list: RelayListName
  readonly value: string
  /** Why, in the owner's words; or the text of an `info`. */
  readonly text: string
}

/** Whoever writes it bounds it. */
export interface RelayLists {
  all(): Promise<RelayListEntry[]>
  /** All of it or nothing, and synced: what the owner forbids must hold after a power cut. */
  change(put: readonly RelayListEntry[], remove: readonly Omit<RelayListEntry, 'text'>[]): Promise<void>
}

const NAMES = new Map(Object.entries(RELAY_LIST).map(([name, number]) => [number as number, name as RelayListName]))

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
