/** Findings as lines, for a person and for a program. */

import { findingLine, type Told } from '../doctor/examination.ts'
import type { CheckState } from '../wire/finding.ts'
import { count } from '../words/plain-text.ts'
import type { Ink } from './ink.ts'

export interface Report {
  add(told: Told): string
  /** What stands at the end; empty where nothing does. */
  end(): string
}

const STATE_WIDTH = 6
const WIDTH = 120

/** One line a finding, its advice indented below; `pass` and `warn` keep quiet, `FAIL` does not. */
export function textReport(ink: Ink, labelWidth: number): Report {
  const totals = { pass: 0, warn: 0, fail: 0 }
  const indent = STATE_WIDTH + labelWidth + 2
  return {
    add({ check: { label }, finding: { state, subject, finding, advice } }) {
      totals[state]++
      const name = label.padEnd(labelWidth + 2)
      const what = subject === undefined ? finding : `${subject} ${finding}`
      const lines = [`${word(state, ink)}${name}${wrapped(what, indent)}`]
      if (advice !== undefined) lines.push(`${' '.repeat(indent)}${wrapped(advice, indent)}`)
      return `${lines.join('\n')}\n`
    },
    end: () => `\n${summary(totals)}\n`,
  }
}

function word(state: CheckState, ink: Ink): string {
  const padded = (state === 'fail' ? 'FAIL' : state).padEnd(STATE_WIDTH)
  if (state === 'pass') return ink.quiet(padded)
  return state === 'fail' ? ink.accent(padded) : padded
}

function summary({ warn, fail }: Record<CheckState, number>): string {
  if (fail > 0) return `${count(fail, 'thing')} to mend${warn > 0 ? `, ${warn} to look at` : ''}.`
  return warn > 0 ? `It works; ${count(warn, 'thing')} to look at.` : 'All is well.'
}

/** Further lines stand under the first. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = []
  for (const part of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + part.length <= WIDTH - indent)
      lines[lines.length - 1] = `${line} ${part}`
    else lines.push(part)
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

/** One object a line (specification/doctor.md). */
export function jsonReport(): Report {
  return {
    add: told => `${JSON.stringify(findingLine(told))}\n`,
    end: () => '',
  }
}
