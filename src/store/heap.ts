/** A binary heap: whoever comes first stands on top. */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #isBefore: (a: T, b: T) => boolean

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore
  }

  get top(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let i = items.push(item) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.#isBefore(items[i]!, items[parent]!)) return
      this.#swap(i, parent)
      i = parent
    }
  }

  removeTop(): void {
    const bottom = this.#items.pop()
    if (bottom === undefined || this.#items.length === 0) return
    this.#items[0] = bottom
    this.sink()
  }

  /** The top has changed, to a later place or none. */
  sink(): void {
    const items = this.#items
    let i = 0
    for (;;) {
      const left = 2 * i + 1
      const right = left + 1
      let first = i
      if (left < items.length && this.#isBefore(items[left]!, items[first]!)) first = left
      if (right < items.length && this.#isBefore(items[right]!, items[first]!)) first = right
      if (first === i) return
      this.#swap(i, first)
      i = first
    }
  }

  #swap(i: number, j: number): void {
    const held = this.#items[i]!
    this.#items[i] = this.#items[j]!
    this.#items[j] = held
  }
}
