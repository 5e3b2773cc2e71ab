/** How large the stories are. */
import type { StoryOptions } from './story.ts'

/** In `npm test`: half the nodes, about a minute in all on a busy machine. */
export const SHORT: StoryOptions = {
  ...{ nodes: 6, lengthMs: 15_000, deedMs: 1_500, faultMs: 1_100, longestMs: 6_000 },
  caps: { 1: 100 },
}
/** `npm run test:faults`. */
export const LONG: StoryOptions = {
  ...{ nodes: 12, lengthMs: 60_000, deedMs: 2_000, faultMs: 2_000, longestMs: 15_000 },
  caps: { 1: 200, 5: 200, 7: 200 },
}
