/** What a check of `doctor` is: it looks at one thing and says in a sentence how it stands, and what to do. */
import type { CheckState } from '../wire/finding.ts'
import type { Examined } from './examined.ts'

/** One line of the report (specification/doctor.md). */
export interface Finding {
  readonly state: CheckState
  /** What was looked at, where a check looks at several things: the address of a bootstrap. */
  readonly subject?: string
  /** How it stands, for a person: a phrase that begins in lower case. */
  readonly finding: string
  /** What to do; a sentence. Never with `pass`. */
  readonly advice?: string
  /** The same for programs. */
  readonly details?: Readonly<Record<string, unknown>>
}

export interface Check {
  /** In JSON. */
  readonly name: string
  /** For people. */
  readonly label: string
  /** At least one finding. It ends within a few seconds; what hangs is told as a warning by the caller. */
  readonly look: (examined: Examined) => Promise<readonly Finding[]> | readonly Finding[]
}

export function pass(finding: string, details?: Finding['details']): Finding {
  return { state: 'pass', finding, ...(details === undefined ? {} : { details }) }
}

export function warn(finding: string, advice: string, details?: Finding['details']): Finding {
  return { state: 'warn', finding, advice, ...(details === undefined ? {} : { details }) }
}

export function fail(finding: string, advice: string, details?: Finding['details']): Finding {
  return { state: 'fail', finding, advice, ...(details === undefined ? {} : { details }) }
}

/** What to do when nobody outside of the own network was there to tell. */
export const ASK_OUTSIDE = 'Give a bootstrap outside of this network with -b: it can tell.'
