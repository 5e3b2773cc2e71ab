/**
 * What the page keeps in the browser (IndexedDB), one database for each node and owner. A browser that withholds
 * storage gets the same in memory: everything works until the page is closed, and `isLasting` says so.
 */
import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from 'idb'
import type { NostrEvent } from '../../event/event.ts'

interface Schema extends DBSchema {
  /** The last timeline, for reading without the node. */
  events: { key: string; value: NostrEvent; indexes: { created: number } }
  /** Small values by name: the cursor, drafts, settings of this device. */
  values: { key: string; value: unknown }
  /** Events and templates on their way to the node. */
  outgoing: { key: string; value: unknown }
}

export interface Keep {
  /** False: nothing of this outlives the page. */
  readonly isLasting: boolean
  value<T>(name: string): Promise<T | undefined>
  /** undefined takes it away. False when the browser refused, as when its storage is full. */
  setValue(name: string, value: unknown): Promise<boolean>
  /** All events, in no order. */
  events(): Promise<NostrEvent[]>
  addEvents(events: readonly NostrEvent[]): Promise<boolean>
  removeEvents(ids: readonly string[]): Promise<void>
  outgoing<T>(): Promise<T[]>
  /** @param item has a key `key` of its own; undefined takes it away */
  setOutgoing(key: string, item: unknown): Promise<boolean>
  /** Forgets everything, its name too, as when the owner signs out; nothing is kept any more. */
  clear(): Promise<void>
}

const VERSION = 1
/** Events kept on the device; the oldest go first. */
const MAX_KEPT_EVENTS = 3_000

/**
 * @param name tells nodes and owners apart
 * @param onFull told when something could not be written
 */
export async function openKeep(name: string, onFull: () => void = () => {}): Promise<Keep> {
  try {
    const path = `nostrp2p:${name}`
    const database = await openDB<Schema>(path, VERSION, {
      // Somebody signs out in another tab.
      blocking: (_, __, event) => (event.target as IDBDatabase).close(),
      upgrade(db) {
        db.createObjectStore('events', { keyPath: 'id' }).createIndex('created', 'created_at')
        db.createObjectStore('values')
        db.createObjectStore('outgoing')
      },
    })
    return lastingKeep(path, database, onFull)
  } catch {
    return passingKeep()
  }
}

function lastingKeep(path: string, database: IDBPDatabase<Schema>, onFull: () => void): Keep {
  /** What was on its way when the owner signed out is written no more. */
  let isCleared = false

  /** A full or blocked storage is an answer, not an error. */
  async function attempt(write: () => Promise<unknown>): Promise<boolean> {
    if (isCleared) return false
    try {
      await write()
      return true
    } catch {
      onFull()
      return false
    }
  }

  async function trim(): Promise<void> {
    let excess = (await database.count('events')) - MAX_KEPT_EVENTS
    if (excess <= 0) return
    const transaction = database.transaction('events', 'readwrite')
    for (let cursor = await transaction.store.index('created').openCursor(); cursor !== null && excess > 0; excess--) {
      await cursor.delete()
      cursor = await cursor.continue()
    }
    await transaction.done
  }

  return {
    isLasting: true,
    value: async <T>(name: string) => (isCleared ? undefined : ((await database.get('values', name)) as T | undefined)),
    setValue: (name, value) =>
      attempt(() => (value === undefined ? database.delete('values', name) : database.put('values', value, name))),
    events: () => database.getAll('events'),
    addEvents: events =>
      attempt(async () => {
        const transaction = database.transaction('events', 'readwrite')
        await Promise.all([...events.map(event => transaction.store.put(event)), transaction.done])
        await trim()
      }),
    async removeEvents(ids) {
      await attempt(async () => {
        const transaction = database.transaction('events', 'readwrite')
        for (const id of ids) void transaction.store.delete(id)
        await transaction.done
      })
    },
    outgoing: async <T>() => (await database.getAll('outgoing')) as T[],
    setOutgoing: (key, item) =>
      attempt(() => (item === undefined ? database.delete('outgoing', key) : database.put('outgoing', item, key))),
    async clear() {
      const stores = ['events', 'values', 'outgoing'] as const
      const clearing = stores.map(store => attempt(() => database.clear(store)))
      isCleared = true
      await Promise.all(clearing)
      database.close()
      // Its name holds whose it was. Where another tab does not let go of it, it is empty all the same.
      await new Promise<void>(resolve => {
        deleteDB(path, { blocked: () => resolve() }).then(resolve, () => resolve())
      })
    },
  }
}

/** The same in memory. */
function passingKeep(): Keep {
  const values = new Map<string, unknown>()
  const outgoing = new Map<string, unknown>()
  const put = <K>(map: Map<K, unknown>, key: K, value: unknown): Promise<boolean> => {
    if (value === undefined) map.delete(key)
    else map.set(key, value)
    return Promise.resolve(true)
  }
  return {
    isLasting: false,
    value: async <T>(name: string) => values.get(name) as T | undefined,
    setValue: (name, value) => put(values, name, value),
    // What is shown is in the book already, and nothing outlives the page.
    events: async () => [],
    addEvents: async () => true,
    removeEvents: async () => {},
    outgoing: async <T>() => [...outgoing.values()] as T[],
    setOutgoing: (key, item) => put(outgoing, key, item),
    async clear() {
      values.clear()
      outgoing.clear()
    },
  }
}
