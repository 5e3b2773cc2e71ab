/** Places by the hashes of what stands there: an open hash table of numbers, so that there is nothing to collect. */

const SMALLEST = 1024
/** Of its slots so much may be in use. */
const FULL = 0.7

export class PlaceTable {
  #count = 0
  /** The place, more than 0; 0 in an empty slot. */
  #places = new Uint32Array(SMALLEST)
  #hashes = new Uint32Array(SMALLEST)
  /** From a hash of 32 bits to the slot where the search begins. */
  #shift = 32 - Math.log2(SMALLEST)

  /** Several places may have the same hash; each is added once. */
  add(hash: number, place: number): void {
    if (this.#count >= FULL * this.#places.length) this.#grow()
    this.#count++
    this.#put(hash, place)
  }

  /** The slot of the first place that has this hash, or of the next one after a slot; -1 if there is none. */
  find(hash: number, after = -1): number {
    const mask = this.#places.length - 1
    let slot = after === -1 ? hash >>> this.#shift : (after + 1) & mask
    for (; this.#places[slot] !== 0; slot = (slot + 1) & mask) if (this.#hashes[slot] === hash) return slot
    return -1
  }

  /** The place in a slot that was found. */
  at(slot: number): number {
    return this.#places[slot]!
  }

  /** Nothing happens if it is not there. */
  remove(hash: number, place: number): void {
    let slot = this.find(hash)
    while (slot !== -1 && this.#places[slot] !== place) slot = this.find(hash, slot)
    if (slot === -1) return
    this.#count--
    this.#close(slot)
  }

  clear(): void {
    this.#count = 0
    this.#resize(SMALLEST)
  }

  #put(hash: number, place: number): void {
    const mask = this.#places.length - 1
    let slot = hash >>> this.#shift
    while (this.#places[slot] !== 0) slot = (slot + 1) & mask
    this.#places[slot] = place
    this.#hashes[slot] = hash
  }

  /** Moves what stands behind the gap forward, so that every search still meets what it looks for. */
  #close(gap: number): void {
    const mask = this.#places.length - 1
    let empty = gap
    for (let slot = (gap + 1) & mask; this.#places[slot] !== 0; slot = (slot + 1) & mask) {
      const start = this.#hashes[slot]! >>> this.#shift
      // It may not stand before the slot where its search begins.
      if (((slot - start) & mask) < ((slot - empty) & mask)) continue
      this.#places[empty] = this.#places[slot]!
      this.#hashes[empty] = this.#hashes[slot]!
      empty = slot
    }
    this.#places[empty] = 0
  }

  #grow(): void {
    const places = this.#places
    const hashes = this.#hashes
    this.#resize(2 * places.length)
    for (let slot = 0; slot < places.length; slot++) if (places[slot] !== 0) this.#put(hashes[slot]!, places[slot]!)
  }

  #resize(slots: number): void {
    this.#places = new Uint32Array(slots)
    this.#hashes = new Uint32Array(slots)
    this.#shift = 32 - Math.log2(slots)
  }
}
