/** The node's own look at what keeps it from working (R16), a finding after the other. */
import type { FindingLine } from '../../wire/finding.ts'
import type { Call } from '../node/call.ts'
import { askLines } from '../node/lines.ts'
import type { Trouble } from '../node/trouble.ts'

/** @returns why there are not all findings; undefined at the end of all */
export function askDoctor(
  call: Call,
  found: (finding: FindingLine) => void,
  signal: AbortSignal,
): Promise<Trouble | undefined> {
  return askLines<FindingLine>(call, '/doctor', { method: 'POST', body: {}, signal }, { line: found })
}

/** What has to be done first; what is well comes last, in the node's order otherwise. */
export function asToDo(findings: readonly FindingLine[]): readonly FindingLine[] {
  const rank = { fail: 0, warn: 1, pass: 2 } as const
  return findings.toSorted((a, b) => rank[a.state] - rank[b.state])
}
