/** This device's clock against the node's, as far as both are told to the second. */

/** By this device's clock, since 1970. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** A difference that does no harm is not spoken of: what is dated 15 minutes ahead is refused. */
const CLOCK_TOLERANCE_SECONDS = 300

/**
 * Seconds by which this device is ahead of the node (negative: behind); undefined when the node did not say.
 * @param date the node's `Date` header
 * @param askedMs when it was asked, by this device, and when the answer came: the truth lies between
 */
export function clockAhead(date: string | null, askedMs: number, answeredMs: number): number | undefined {
  const there = Date.parse(date ?? '')
  if (Number.isNaN(there)) return undefined
  // The header has whole seconds, cut off.
  const early = askedMs - (there + 1000)
  const late = answeredMs - there
  return early > 0 ? early / 1000 : late < 0 ? late / 1000 : 0
}

export function isClockOff(ahead: number | undefined): ahead is number {
  return ahead !== undefined && Math.abs(ahead) > CLOCK_TOLERANCE_SECONDS
}
