/**
 * The key of this browser, by which the node knows it away from home: the seed of a libp2p key (Ed25519), in IndexedDB.
 * A page that may keep nothing has one for as long as it is open.
 */
import { deleteDB, openDB } from 'idb'

const NAME = 'nostrp2p.device'
const STORE = 'keys'
const KEY = 'libp2p'
const SEED_BYTES = 32

let passing: Uint8Array | undefined

/** Made at the first call; two tabs at once get the same. */
export async function deviceSeed(): Promise<Uint8Array> {
  try {
    const database = await open()
    try {
      const transaction = database.transaction(STORE, 'readwrite')
      const kept: unknown = await transaction.store.get(KEY)
      const isKept = kept instanceof Uint8Array && kept.length === SEED_BYTES
      const seed = isKept ? kept : newSeed()
      if (!isKept) await transaction.store.put(seed, KEY)
      await transaction.done
      return seed
    } finally {
      database.close()
    }
  } catch {
    passing ??= newSeed()
    return passing
  }
}

export async function forgetDeviceSeed(): Promise<void> {
  passing = undefined
  try {
    await deleteDB(NAME)
  } catch {
    // Nothing was kept.
  }
}

function newSeed(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SEED_BYTES))
}

function open() {
  return openDB(NAME, 1, { upgrade: database => void database.createObjectStore(STORE) })
}
