/**
 * `npm run test:faults`: random stories with real nodes until one fails.
 * `--seed n` begins with this one, `--runs n` plays so many, `--nodes n` and `--seconds n` say how large and how long they
 * are, `--short` plays what `npm test` plays, `--shrink n` takes so many minutes to find a shorter story that fails too.
 */
import { parseArgs } from 'node:util'
import { HEALING_MS, type Performance, perform } from './perform.ts'
import { reportOf, summaryOf } from './report.ts'
import { shrink } from './shrink.ts'
import { LONG, SHORT } from './sizes.ts'
import { type Action, type Story, tellStory } from './story.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string', default: '1' },
    nodes: { type: 'string' },
    seconds: { type: 'string' },
    shrink: { type: 'string', default: '10' },
    short: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})

const size = values.short ? SHORT : LONG
const options = {
  ...size,
  nodes: Number(values.nodes ?? size.nodes),
  lengthMs: values.seconds === undefined ? size.lengthMs : Number(values.seconds) * 1_000,
}
const firstSeed = values.seed === undefined ? Math.floor(Math.random() * 1e6) : Number(values.seed)

let last = ''

async function play(story: Story): Promise<Performance> {
  const played = await perform(story, {
    patienceMs: HEALING_MS,
    onProgress: text => {
      if (values.verbose && text !== last) console.log(`  ${text}`)
      last = text
    },
  })
  console.log(summaryOf(story, played))
  return played
}

/** Shorter stories, each played once: what fails now and then may be lost on the way. */
async function shortest(story: Story, played: Performance): Promise<{ story: Story; played: Performance }> {
  const endMs = performance.now() + Number(values.shrink) * 60_000
  const rules = new Set(played.complaints.map(({ rule }) => rule))
  let best = { story, played }
  await shrink<Action>(story.actions, {
    mayGoOn: () => performance.now() < endMs,
    async fails(actions) {
      const shorter = { ...story, actions }
      const again = await play(shorter)
      const isSame = again.complaints.some(({ rule }) => rules.has(rule))
      if (isSame) best = { story: shorter, played: again }
      return isSame
    },
  })
  return best
}

for (let run = 0; run < Number(values.runs); run++) {
  const story = tellStory(firstSeed + run, options)
  const played = await play(story)
  if (played.complaints.length === 0) continue
  console.log(reportOf(story, played))
  process.exitCode = 1
  if (Number(values.shrink) <= 0) continue
  console.log(`\nLooking for a shorter story for ${values.shrink} minutes:`)
  const found = await shortest(story, played)
  console.log(`\nThe shortest story found, ${found.story.actions.length} of ${story.actions.length} actions:`)
  console.log(reportOf(found.story, found.played))
  break
}
process.exit()
