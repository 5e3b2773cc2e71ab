/** `doctor`: looks at all that a node needs, beside a running one or without, and says what to do. */
import type { Config } from '../../config.ts'
import { type Clock, systemClock } from '../../observe/clock.ts'
import { messageOf } from '../../observe/log.ts'
import { createInk } from '../ink.ts'
import { isOn, type Settings } from '../parse.ts'
import { serverConfig } from '../server-config.ts'
import { EXIT, isMisuse, type Misuse, type Surroundings } from '../surroundings.ts'
import { addressesCheck } from './addresses.ts'
import { bindingCheck } from './binding.ts'
import { bootstrapsCheck } from './bootstraps.ts'
import { type Check, type Finding, warn } from './check.ts'
import { clockCheck } from './clock.ts'
import { directoryCheck } from './directory.ts'
import { type Examined, examine } from './examined.ts'
import { natCheck } from './nat.ts'
import { portMappingCheck } from './port-mapping.ts'
import { portsCheck } from './ports.ts'
import { reachabilityCheck } from './reachability.ts'
import { relaysCheck } from './relays.ts'
import { jsonReport, type Report, textReport } from './report.ts'
import { runningCheck } from './running.ts'
import { findRunningNode } from './running-node.ts'

/** No check takes longer; what is not known by then is told as not known. */
const CHECK_MS = 15_000

/** All checks, in the order in which they are told. */
export function checksFor(homeDir: string, uid: number | undefined): readonly Check[] {
  return [
    runningCheck,
    clockCheck,
    directoryCheck(homeDir, uid),
    portsCheck,
    addressesCheck,
    bootstrapsCheck,
    natCheck,
    portMappingCheck,
    reachabilityCheck,
    relaysCheck,
    bindingCheck,
  ]
}

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
  const checks = checksFor(homeDir, uid)
  const ink = createInk(out.isTerminal, env)
  const labelWidth = Math.max(...checks.map(({ label }) => label.length))
  const report = isOn(settings.get('json')) ? jsonReport() : textReport(ink, labelWidth)
  const ended = new AbortController()
  const examined = await examine(config, { clock, uid, signal: AbortSignal.any([ended.signal, signal]) })
  try {
    const hasFailed = await tell(checks, examined, report, surroundings)
    return hasFailed ? EXIT.failed : EXIT.ok
  } finally {
    ended.abort()
    await examined.end()
  }
}

/** All look at the same time; each line is printed as soon as those before it are. */
async function tell(
  checks: readonly Check[],
  examined: Examined,
  report: Report,
  { out, signal }: Surroundings,
): Promise<boolean> {
  const looks = checks.map(check => ({ check, findings: lookWithin(check, examined, CHECK_MS) }))
  let hasFailed = false
  for (const { check, findings } of looks) {
    for (const finding of await findings) {
      if (signal.aborted) return hasFailed
      hasFailed ||= finding.state === 'fail'
      out.write(report.add(check, finding))
    }
  }
  out.write(report.end())
  return hasFailed
}

/** A check that hangs or breaks must not keep the others from being told. */
async function lookWithin(check: Check, examined: Examined, ms: number): Promise<readonly Finding[]> {
  const { promise: late, resolve } = Promise.withResolvers<readonly Finding[]>()
  const again = 'Run doctor again; if it stays so, look at the load of this machine and at its network.'
  const timer = setTimeout(() => resolve([warn(`not known after ${ms / 1000} seconds`, again)]), ms)
  try {
    return await Promise.race([Promise.resolve(check.look(examined)), late])
  } catch (error) {
    return [warn(`could not be looked at (${messageOf(error)})`, again)]
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The configuration that the flags say. Without -p and --data-dir it is that of the owner whose node answers at the
 * client port: whoever asks how the node does means the one that runs.
 */
async function configBeside(settings: Settings, surroundings: Surroundings): Promise<Config | Misuse> {
  const config = serverConfig(settings, surroundings)
  if (isMisuse(config) || settings.has('public-key') || settings.has('data-dir')) return config
  const found = await findRunningNode(config, undefined)
  if (found.state !== 'running' || found.status.owner === null) return config
  const from = { values: [found.status.owner], from: 'the running node' }
  return serverConfig(new Map([...settings, ['public-key', from]]), surroundings)
}
