/**
 * Where a node keeps the DHT records of others: in memory, bounded, for two days at most. The library overwrites a record
 * with any other that is valid, also with an older one; here those of one owner are merged, and of each node the latest stays.
 */
import { Record as DhtRecord, type KadDHTComponents } from '@libp2p/kad-dht'
import { base32 } from 'multiformats/bases/base32'
import { isRejection } from '../../event/rejection.ts'
import { MAX_DHT_RECORDS } from '../../wire/limits.ts'
import { ownerOfKey, recordKey } from '../../wire/node-record.ts'
import { mergeEntries, openRecord, type RecordEntry, type RecordParts, recordValue } from './record.ts'

export type Datastore = KadDHTComponents['datastore']

export interface Shelf {
  /** The library's view. It takes records of owners only: everything else is refused. */
  readonly datastore: Datastore
  /** Announcements of this owner's nodes that are kept here. */
  of(owner: string): Uint8Array[]
  size(): number
}

/** At the quota of one peer it takes hours to push out those that are renewed hourly. */
const MAX_BYTES = 16 * 1024 * 1024

export function createShelf(parts: RecordParts): Shelf {
  /** By owner, the longest not renewed first. */
  const kept = new Map<string, { readonly entries: readonly RecordEntry[]; readonly bytes: number }>()
  let bytes = 0

  function forget(owner: string): void {
    bytes -= kept.get(owner)?.bytes ?? 0
    kept.delete(owner)
  }

  function keep(owner: string, entries: readonly RecordEntry[]): void {
    forget(owner)
    const size = entries.reduce((sum, { announcement }) => sum + announcement.length, 0)
    kept.set(owner, { entries, bytes: size })
    bytes += size
    while (kept.size > MAX_DHT_RECORDS || bytes > MAX_BYTES) forget(kept.keys().next().value!)
  }

  /** What still counts. */
  function current(owner: string): readonly RecordEntry[] {
    const entries = kept.get(owner)?.entries.filter(({ untilMs }) => untilMs > parts.clock.nowMs()) ?? []
    if (entries.length === 0) forget(owner)
    return entries
  }

  const datastore: Pick<Datastore, 'get' | 'put' | 'has' | 'delete' | 'query' | 'queryKeys'> = {
    async get(key) {
      const owner = ownerOfName(key.toString())
      const entries = owner === undefined ? [] : current(owner)
      if (owner === undefined || entries.length === 0) throw notFound()
      return new DhtRecord(recordKey(owner), recordValue(entries), new Date(parts.clock.nowMs())).serialize()
    },
    async put(key, value) {
      const said = DhtRecord.deserialize(value)
      const record = await openRecord(said.key, said.value, parts)
      if (isRejection(record)) throw new Error(record.reason)
      if (ownerOfName(key.toString()) !== record.owner) throw new Error('only records of owners are kept')
      keep(record.owner, mergeEntries([...record.entries, ...current(record.owner)]))
      return key
    },
    has: async key => current(ownerOfName(key.toString()) ?? '').length > 0,
    delete: async key => forget(ownerOfName(key.toString()) ?? ''),
    // Asked for providers of content, of which there are none here.
    async *query() {},
    async *queryKeys() {},
  }

  return {
    datastore: datastore as Datastore,
    of: owner => current(owner).map(({ announcement }) => announcement),
    size: () => kept.size,
  }
}

/** The owner of a record by the name that the library gives it: a prefix, and the record's key in base32. */
function ownerOfName(name: string): string | undefined {
  const encoded = /^\/dht\/record\/([a-z2-7]+)$/.exec(name)?.[1]
  return encoded === undefined ? undefined : ownerOfKey(base32.decode(`b${encoded}`))
}

/** The library knows it by its name. */
function notFound(): Error {
  return Object.assign(new Error('no such record'), { name: 'NotFoundError' })
}
