/** One short story with real processes, everything in it: `npm run test:faults` plays longer ones, and as many as you like. */
import { expect, it } from 'vitest'
import { HEALING_MS, perform } from './perform.ts'
import { reportOf } from './report.ts'
import { SHORT } from './sizes.ts'
import { tellStory } from './story.ts'

/** Another one with SEED=…. */
const SEED = Number(process.env.SEED ?? 20261121)

it(`nothing is missed and nothing lost under faults (SEED=${SEED})`, async () => {
  const story = tellStory(SEED, SHORT)
  const played = await perform(story, { patienceMs: HEALING_MS })
  expect(played.complaints.length, reportOf(story, played)).toBe(0)
  expect(played.evicted).toBeGreaterThan(0)
}, 180_000)
