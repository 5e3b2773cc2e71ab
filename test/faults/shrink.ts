/** A story that fails → a shorter one that fails as well: delta debugging over the list of its actions. */

export interface ShrinkOptions<T> {
  /** Whether what is left still fails. */
  readonly fails: (left: readonly T[]) => Promise<boolean>
  /** Asked before each try. */
  readonly mayGoOn: () => boolean
}

/**
 * The shortest list found: parts are left out, first halves, then smaller and smaller ones down to single items (ddmin).
 * The items that are left keep their order.
 */
export async function shrink<T>(all: readonly T[], { fails, mayGoOn }: ShrinkOptions<T>): Promise<readonly T[]> {
  let left = all
  let parts = 2
  while (left.length > 1 && parts <= left.length) {
    const size = Math.ceil(left.length / parts)
    let isShorter = false
    for (let at = 0; at < left.length; at += size) {
      if (!mayGoOn()) return left
      const rest = [...left.slice(0, at), ...left.slice(at + size)]
      if (rest.length === 0 || !(await fails(rest))) continue
      left = rest
      isShorter = true
      break
    }
    if (isShorter) parts = Math.max(2, parts - 1)
    else if (size === 1) break
    else parts = Math.min(left.length, parts * 2)
  }
  return left
}
