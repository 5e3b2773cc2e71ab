/** When a delivery that failed is tried again. Pure; the original meant this and wrote XOR. */

const FIRST_WAIT_MS = 5 * 60_000
/** Three and a half days, as in the original. */
export const GIVE_UP_MS = 84 * 3_600_000

/** After a first try that was refused for a reason that may pass: a clock that is behind, a node that is busy. */
export const SOON_MS = 30_000

/** How long another node of the owner has for a delivery of its own before this one looks at it, and looks again. */
export const STANDBY_MS = 60_000

/**
 * After `attempts` failed tries (1 or more): 5·2ⁿ minutes later, n = 0, 1, 2, …
 * @returns milliseconds since 1970, or undefined when that would be later than 3.5 days after the publication
 */
export function nextTryMs(attempts: number, createdMs: number, nowMs: number): number | undefined {
  const dueMs = nowMs + FIRST_WAIT_MS * 2 ** (attempts - 1)
  return dueMs > createdMs + GIVE_UP_MS ? undefined : dueMs
}
