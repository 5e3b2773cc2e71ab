/** What a run has shown, for people. */
import type { Complaint } from './checker.ts'
import type { Performance } from './perform.ts'
import { linesOf, nameOf, type Story } from './story.ts'

const SHOWN = 12

/** One line. */
export function summaryOf(
  story: Story,
  { publications, done, complaints, healedAfterMs, evicted }: Performance,
): string {
  const faults = story.actions.filter(action => 'forMs' in action && done.has(action.number)).length
  const acked = publications.filter(({ outcome }) => outcome === 'acked').length
  const figures = `${story.nodes} nodes, ${acked} of ${publications.length} events acknowledged, ${evicted} let go for want of room, ${faults} faults`
  const end =
    complaints.length === 0 ? `all is well ${(healedAfterMs / 1000).toFixed(1)} s after` : failuresOf(complaints)
  return `seed ${story.seed}: ${figures}: ${end}`
}

function failuresOf(complaints: readonly Complaint[]): string {
  const counts = new Map<string, number>()
  for (const { rule } of complaints) counts.set(rule, (counts.get(rule) ?? 0) + 1)
  return `FAILED: ${[...counts].map(([rule, count]) => `${rule} ${count}`).join(', ')}`
}

/** What is wrong, and the story as it was played. */
export function reportOf(story: Story, played: Performance): string {
  const { complaints, publications, done } = played
  const deeds = new Map(story.actions.map(action => [action.number, action.do]))
  const what = new Map(
    publications.map(({ event, action, outcome }) => [event.id, `${deeds.get(action)} #${action} (${outcome})`]),
  )
  const wrong = complaints.slice(0, SHOWN).map(({ rule, node, id, text }) => {
    const event = id === '' ? '' : `${what.get(id) ?? `an event ${id.slice(0, 8)}`} `
    return `  ${rule}: ${event}${text}, at the node of ${nameOf(node, story.nodes)}`
  })
  if (complaints.length > SHOWN) wrong.push(`  … and ${complaints.length - SHOWN} more`)
  const lines = linesOf({ ...story, actions: story.actions.filter(({ number }) => done.has(number)) })
  return [
    summaryOf(story, played),
    ...wrong,
    `The story, of ${story.actions.length} actions those that were done:`,
    ...lines,
  ].join('\n')
}
