/** House rules over a list in memory, and events as a relay meets them. */
import { type HouseRules, openHouseRules } from '../../../src/flow/house-rules.ts'
import type { Role, Visitor } from '../../../src/flow/visitor.ts'
import type { RelayListEntry, RelayListName, RelayLists } from '../../../src/store/store.ts'

export function memoryLists(): RelayLists & { fail?: Error } {
  const entries = new Map<string, RelayListEntry>()
  const lists: RelayLists & { fail?: Error } = {
    all: async () => [...entries.values()],
    async change(put, remove) {
      if (lists.fail) throw lists.fail
      for (const { list, value } of remove) entries.delete(`${list} ${value}`)
      for (const entry of put) entries.set(`${entry.list} ${entry.value}`, entry)
    },
  }
  return lists
}

export async function rulesWith(...entries: readonly (readonly [RelayListName, string])[]): Promise<HouseRules> {
  const rules = await openHouseRules(memoryLists())
  for (const [list, value] of entries) await rules.add({ list, value, text: '' })
  return rules
}

export function visitor(role: Role, pubkeys: readonly string[] = [], address = '203.0.113.7'): Visitor {
  return { role, pubkeys: new Set(pubkeys), address }
}
