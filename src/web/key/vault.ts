/**
 * "Keep unlocked on this device": secrets under an AES key that the browser holds and hands to nobody, not even to this
 * page. Whoever can use this browser profile can still sign with them; a copy of the page's storage alone is of no use.
 */
import { deleteDB, type IDBPDatabase, openDB } from 'idb'

const DATABASE = 'nostrp2p-vault'
const STORE = 'vault'
const KEY = 'device'

interface Box {
  readonly iv: Uint8Array<ArrayBuffer>
  readonly sealed: ArrayBuffer
}

/** Browsers have WebCrypto only for secure pages (https, or this machine). */
export function isVaultPossible(): boolean {
  return globalThis.crypto?.subtle !== undefined && typeof indexedDB !== 'undefined'
}

/** Keeps bytes under a name; whether the browser did. */
export async function seal(name: string, secret: Uint8Array): Promise<boolean> {
  const done = await withVault(async database => {
    const key = (await keyOf(database)) ?? (await makeKey(database))
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, Uint8Array.from(secret))
    await database.put(STORE, { iv, sealed } satisfies Box, name)
    return true
  })
  return done === true
}

/** The bytes, which the caller wipes; undefined when there are none. */
export function unseal(name: string): Promise<Uint8Array | undefined> {
  return withVault(async database => {
    const key = await keyOf(database)
    const box = (await database.get(STORE, name)) as Box | undefined
    if (key === undefined || box === undefined) return undefined
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: box.iv }, key, box.sealed))
  })
}

export async function unkeep(name: string): Promise<void> {
  await withVault(database => database.delete(STORE, name))
}

/** Nothing stays, the device's own key neither. */
export async function dropVault(): Promise<void> {
  if (!isVaultPossible()) return
  await new Promise<void>(resolve => {
    deleteDB(DATABASE, { blocked: () => resolve() }).then(resolve, () => resolve())
  })
}

/** Undefined where the browser withholds storage or crypto. */
async function withVault<T>(work: (database: IDBPDatabase) => Promise<T>): Promise<T | undefined> {
  if (!isVaultPossible()) return undefined
  let database: IDBPDatabase | undefined
  try {
    database = await openDB(DATABASE, 1, { upgrade: db => void db.createObjectStore(STORE) })
    return await work(database)
  } catch {
    return undefined
  } finally {
    database?.close()
  }
}

async function keyOf(database: IDBPDatabase): Promise<CryptoKey | undefined> {
  return (await database.get(STORE, KEY)) as CryptoKey | undefined
}

async function makeKey(database: IDBPDatabase): Promise<CryptoKey> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  await database.put(STORE, key, KEY)
  return key
}
