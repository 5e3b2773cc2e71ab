/**
 * Where libp2p keeps what it knows of peers: addresses, protocols, what identify told. Left to itself it forgets nobody
 * in six hours, however many come. Whom this node knows and how to reach them is in directory and book, which are bounded.
 */
import type { PeerId } from '@libp2p/interface'
import { MemoryDatastore } from 'datastore-core/memory'
import { Key } from 'interface-datastore/key'

/**
 * @param max about 1 kB each, and 16 kB at most; who comes again says it again
 * @param needed peers whose records stay: what a connected one speaks must be known
 */
export function createPeerRecords(max: number, needed: () => Iterable<PeerId>): PeerRecords {
  return new PeerRecords(max, needed)
}

export class PeerRecords extends MemoryDatastore {
  /** The longest unchanged first. Their keys, like what is put, are views into the pool of buffers. */
  readonly #names = new Set<string>()
  readonly #max: number
  readonly #needed: () => Iterable<PeerId>

  constructor(max: number, needed: () => Iterable<PeerId>) {
    super()
    this.#max = max
    this.#needed = needed
  }

  get size(): number {
    return this.#names.size
  }

  override put(key: Key, record: Uint8Array): ReturnType<MemoryDatastore['put']> {
    const name = key.toString()
    this.#names.delete(name)
    this.#names.add(name)
    if (this.#names.size > this.#max) this.#forgetOne()
    // A copy: a view of a kilobyte would keep all 64 KiB around it.
    return super.put(key, Uint8Array.from(record))
  }

  override delete(key: Key): ReturnType<MemoryDatastore['delete']> {
    this.#names.delete(key.toString())
    return super.delete(key)
  }

  #forgetOne(): void {
    const needed = new Set([...this.#needed()].map(peer => `/peers/${peer.toCID()}`))
    const longest = this.#names.values().find(name => !needed.has(name))
    if (longest !== undefined) void this.delete(new Key(longest))
  }
}
