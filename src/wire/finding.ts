/** One line of `POST /doctor` and of `doctor --json` (specification/doctor.md, D1.1; rest-api.md, R16). */

/** `warn`: works, but not as well as it could, or could not be found out. `fail`: has to be mended. */
export type CheckState = 'pass' | 'warn' | 'fail'

export interface FindingLine {
  /** Name of the check: `clock`, `bootstrap`, … (D2). */
  readonly check: string
  /** What was looked at, where a check looks at several things: the address of a bootstrap. */
  readonly subject: string | null
  readonly state: CheckState
  /** How it stands, in English: a phrase that begins in lower case. */
  readonly finding: string
  /** What to do, in English: a sentence; null with `pass`. */
  readonly advice: string | null
  /** The same for programs; fields by the check. */
  readonly details: Readonly<Record<string, unknown>>
}
