/** `sync`: the running node compares what it has with its neighbours, while this waits and tells how far it is. */

import { systemClock } from '../observe/clock.ts'
import type { RoundProgress, RoundReport, SyncStatus } from '../wire/sync-status.ts'
import { clockTime, count, plain } from '../words/plain-text.ts'
import { call, clientUrl, type Failed, hiding, isFailed, type NodeAccess } from './node-call.ts'
import { isOn, type Settings, textOf } from './parse.ts'
import { createProgressLine } from './progress-line.ts'
import { pathOf } from './server-config.ts'
import { EXIT, isMisuse, type Misuse, type Surroundings } from './surroundings.ts'

/** How often the node is asked how far it is. */
const ASK_MS = 400
/** A round that was asked for begins at once, or when another one has ended. */
const MAX_IDLE = 5

export async function sync(settings: Settings, surroundings: Surroundings): Promise<number | Misuse> {
  const url = clientUrl(textOf(settings, 'url'))
  if (isMisuse(url)) return url
  const given = textOf(settings, 'data-dir')
  const dataDir = given === undefined ? undefined : pathOf(given, surroundings)
  const access = { url, dataDir, signal: surroundings.signal }
  const asJson = isOn(settings.get('json'))
  const outcome = await syncNow(access, asJson ? () => {} : progressOn(surroundings))
  if (isFailed(outcome)) {
    surroundings.err.write(`${outcome.failed}\n`)
    return EXIT.failed
  }
  const { report, status } = outcome
  const text = asJson ? JSON.stringify({ ...report, completeUntil: status.completeUntil }) : resultWords(report, status)
  const { out, err } = surroundings
  ;(report.complete || asJson ? out : err).write(`${text}\n`)
  return report.complete ? EXIT.ok : EXIT.failed
}

interface Outcome {
  readonly report: RoundReport
  readonly status: SyncStatus
}

/** @param show told how far it is; at the end once with nothing */
async function syncNow(
  access: NodeAccess,
  show: (progress: RoundProgress | undefined) => void,
): Promise<Outcome | Failed> {
  const headers = { 'Content-Type': 'application/json' }
  const begun = await call(access, '/sync', { method: 'POST', headers, body: '{}' })
  if (isFailed(begun)) return begun
  const { number } = begun
  if (typeof number !== 'number' || !isStatus(begun.sync)) return notANode(access)
  let idle = 0
  try {
    for (;;) {
      const status = await call(access, '/sync', {})
      if (isFailed(status)) return status
      if (!isStatus(status)) return notANode(access)
      const report = status.rounds.find(round => round.number === number)
      if (report !== undefined) return { report, status }
      // A node that was started anew counts from one again.
      idle = status.state === 'running' ? 0 : idle + 1
      if (idle > MAX_IDLE) return lost()
      if (status.progress?.number === number) show(status.progress)
      if (!(await pause(access.signal))) {
        return { failed: 'Stopped waiting; the node goes on by itself. Its status page says how far it is.' }
      }
    }
  } finally {
    show(undefined)
  }
}

function isStatus(value: unknown): value is SyncStatus {
  return typeof value === 'object' && value !== null && 'rounds' in value && Array.isArray(value.rounds)
}

function notANode({ url }: NodeAccess): Failed {
  return { failed: `What answers at ${hiding(url)} is not a node of nostrp2p, or one of an older version.` }
}

function lost(): Failed {
  return { failed: 'The node was started anew meanwhile. Run this again to see what it lacks now.' }
}

/** @returns false when the program has to stop */
function pause(signal: AbortSignal): Promise<boolean> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve(false)
    const timer = setTimeout(() => resolve(!signal.aborted), ASK_MS)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve(false)
      },
      { once: true },
    )
  })
}

function progressOn({ out }: Surroundings): (progress: RoundProgress | undefined) => void {
  const line = createProgressLine(out, systemClock)
  return progress => {
    if (progress === undefined) line.end()
    else line.show(progressWords(progress), progress.found === 0 ? undefined : progress.learned / progress.found)
  }
}

export function progressWords({ neighbour, found, learned, sent }: RoundProgress): string {
  if (neighbour === 0) return 'looking for a neighbour …'
  const missing = found === 0 ? '' : `: ${learned} of ${count(found, 'missing event')} here`
  const given = sent === 0 ? '' : `, ${sent} given`
  return `comparing with neighbour ${neighbour}${missing}${given}`
}

export function resultWords(report: RoundReport, { completeUntil }: Pick<SyncStatus, 'completeUntil'>): string {
  const { learned, sent, refused, neighbours, seconds, complete, reason } = report
  const from = count(neighbours, 'neighbour')
  if (!complete) {
    const so = learned === 0 ? '' : ` ${count(learned, 'event')} came before that.`
    return `Not complete: ${plain(reason, 200)}${so} The node tries again by itself.`
  }
  const sentences = [
    learned === 0
      ? `Nothing was missing: compared with ${from} in ${seconds.toFixed(1)} s.`
      : `Caught up: ${count(learned, 'event')} from ${from} in ${seconds.toFixed(1)} s.`,
  ]
  if (sent > 0) sentences.push(`${count(sent, 'event')} went to them.`)
  if (refused > 0)
    sentences.push(`${refused} of theirs were not taken: deleted, replaced, or against this node's rules.`)
  if (neighbours === 1) sentences.push('Only one neighbour could be asked; what it lacks itself may still be missing.')
  else if (completeUntil !== null) sentences.push(`Complete up to ${clockTime(Date.parse(completeUntil))}.`)
  return sentences.join(' ')
}
