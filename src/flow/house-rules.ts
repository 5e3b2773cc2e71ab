/** What the owner decided about the relay, in memory as it is on disk: who is listed, who is banned, what it is called. */
import { type Rejection, reject } from '../event/rejection.ts'
import type { Fill, RelayListEntry, RelayListName, RelayLists } from '../store/store.ts'

/** Entries of each list. More than anybody manages by hand, and some megabytes at most. */
export const MAX_LIST_ENTRIES = 10_000
/** Characters of a reason, or of the relay's name, description and icon. */
export const MAX_LIST_TEXT = 1_000

export interface HouseRules {
  has(list: RelayListName, value: string): boolean
  /** In the order of their values. */
  list(list: RelayListName): readonly { readonly value: string; readonly text: string }[]
  /** Whether the list has any entry. */
  isUsed(list: RelayListName): boolean
  /** The text of `info`. */
  info(value: 'name' | 'description' | 'icon'): string | undefined
  /** Puts an entry on one list and takes its value from another. Once it resolves, it holds and is on disk. */
  add(entry: RelayListEntry, from?: RelayListName): Promise<Rejection | undefined>
  remove(list: RelayListName, value: string): Promise<void>
  /** The longest of the lists. */
  fill(): Fill
  /** Tells of every change, after it. @returns how to be told no more */
  onChange(told: () => void): () => void
}

/** Reads what is stored. */
export async function openHouseRules(stored: RelayLists): Promise<HouseRules> {
  const lists = new Map<RelayListName, Map<string, string>>()
  const listeners = new Set<() => void>()

  function of(list: RelayListName): Map<string, string> {
    let entries = lists.get(list)
    if (entries === undefined) {
      entries = new Map()
      lists.set(list, entries)
    }
    return entries
  }

  function changed(): void {
    for (const told of [...listeners]) told()
  }

  for (const { list, value, text } of await stored.all()) of(list).set(value, text)
  return {
    has: (list, value) => lists.get(list)?.has(value) ?? false,
    isUsed: list => (lists.get(list)?.size ?? 0) > 0,
    info: value => lists.get('info')?.get(value),
    list: list =>
      [...(lists.get(list) ?? [])]
        .map(([value, text]) => ({ value, text }))
        .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0)),
    async add(entry, from) {
      const { list, value, text } = entry
      if (text.length > MAX_LIST_TEXT) return reject('too-large', `A text may have ${MAX_LIST_TEXT} characters.`)
      const entries = of(list)
      if (!entries.has(value) && entries.size >= MAX_LIST_ENTRIES) {
        return reject('full', `The list is full: it holds ${MAX_LIST_ENTRIES} entries.`)
      }
      await stored.change([entry], from === undefined ? [] : [{ list: from, value }])
      entries.set(value, text)
      if (from !== undefined) of(from).delete(value)
      changed()
      return undefined
    },
    async remove(list, value) {
      await stored.change([], [{ list, value }])
      of(list).delete(value)
      changed()
    },
    fill: () => ({
      used: Math.max(0, ...[...lists.values()].map(({ size }) => size)),
      max: MAX_LIST_ENTRIES,
    }),
    onChange(told) {
      listeners.add(told)
      return () => void listeners.delete(told)
    },
  }
}
