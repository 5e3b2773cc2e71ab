/** All checks of a node, beside a running one, inside of it, or without one (specification/doctor.md). */
import type { Config } from '../config.ts'
import { messageOf } from '../observe/log.ts'
import type { FindingLine } from '../wire/finding.ts'
import { addressesCheck } from './addresses.ts'
import { bindingCheck } from './binding.ts'
import { bootstrapsCheck } from './bootstraps.ts'
import { browsersCheck } from './browsers.ts'
import { type Check, type Finding, warn } from './check.ts'
import { clockCheck } from './clock.ts'
import { directoryCheck } from './directory.ts'
import { type Examined, type ExamineParts, examine } from './examined.ts'
import { natCheck } from './nat.ts'
import { portMappingCheck } from './port-mapping.ts'
import { portsCheck } from './ports.ts'
import { reachabilityCheck } from './reachability.ts'
import { relaysCheck } from './relays.ts'
import { runningCheck } from './running.ts'

/** No check takes longer; what is not known by then is told as not known. */
const CHECK_MS = 15_000

export interface Told {
  readonly check: Check
  readonly finding: Finding
}

export interface ExaminationParts extends ExamineParts {
  /** For paths as people write them. */
  readonly homeDir: string
}

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
    browsersCheck,
    relaysCheck,
    bindingCheck,
  ]
}

/** All look at the same time; each finding comes as soon as those before it are known. Ends early with the signal. */
export async function* examination(config: Config, parts: ExaminationParts): AsyncGenerator<Told> {
  const { signal, homeDir, uid } = parts
  const ended = new AbortController()
  const examined = await examine(config, { ...parts, signal: AbortSignal.any([ended.signal, signal]) })
  try {
    const checks = checksFor(homeDir, uid)
    const looks = checks.map(check => ({ check, findings: lookWithin(check, examined, CHECK_MS) }))
    for (const { check, findings } of looks) {
      for (const finding of await findings) {
        if (signal.aborted) return
        yield { check, finding }
      }
    }
  } finally {
    ended.abort()
    await examined.end()
  }
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

/** A finding as programs get it (D1.1). */
export function findingLine({ check, finding: told }: Told): FindingLine {
  const { state, subject = null, finding, advice = null, details = {} } = told
  return { check: check.name, subject, state, finding, advice, details }
}
