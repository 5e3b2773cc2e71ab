/** `doctor`: looks at all that a node needs, beside a running one or without, and says what to do. */
import type { Config } from '../config.ts'
import { checksFor, examination } from '../doctor/examination.ts'
import { findRunningNode } from '../doctor/running-node.ts'
import { type Clock, systemClock } from '../observe/clock.ts'
import { jsonReport, textReport } from './doctor-report.ts'
import { createInk } from './ink.ts'
import { isOn, type Settings } from './parse.ts'
import { configWithPage } from './settings-desk.ts'
import { EXIT, isMisuse, type Misuse, type Surroundings } from './surroundings.ts'

export interface DoctorParts {
  readonly clock: Clock
}

/** Looks, prints and returns the exit code: 1 when something fails. */
export async function doctor(
  settings: Settings,
  surroundings: Surroundings,
  { clock }: DoctorParts = { clock: systemClock },
): Promise<number | Misuse> {
  const config = await configBeside(settings, surroundings)
  if (isMisuse(config)) return config
  const { out, env, homeDir, signal } = surroundings
  const uid = process.geteuid?.()
  const ink = createInk(out.isTerminal, env)
  const labelWidth = Math.max(...checksFor(homeDir, uid).map(({ label }) => label.length))
  const report = isOn(settings.get('json')) ? jsonReport() : textReport(ink, labelWidth)
  let hasFailed = false
  for await (const told of examination(config, { clock, uid, signal, homeDir })) {
    hasFailed ||= told.finding.state === 'fail'
    out.write(report.add(told))
  }
  if (!signal.aborted) out.write(report.end())
  return hasFailed ? EXIT.failed : EXIT.ok
}

/**
 * The configuration that the flags say. Without -p and --data-dir it is that of the owner whose node answers at the
 * client port: whoever asks how the node does means the one that runs.
 */
async function configBeside(settings: Settings, surroundings: Surroundings): Promise<Config | Misuse> {
  const config = await configWithPage(settings, surroundings)
  if (isMisuse(config) || settings.has('public-key') || settings.has('data-dir')) return config
  const found = await findRunningNode(config, undefined)
  if (found.state !== 'running' || found.status.owner === null) return config
  const from = { values: [found.status.owner], from: 'the running node' }
  return configWithPage(new Map([...settings, ['public-key', from]]), surroundings)
}
