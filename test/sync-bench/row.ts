/** What one part of the measurement gives. */
import type { Workspace } from '../bench/workspace.ts'

export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** At most so much, or at least. */
  readonly goal?: { readonly is: 'at most' | 'at least'; readonly value: number }
}

export interface Stage {
  readonly workspace: Workspace
  readonly quick: boolean
  progress(text: string): void
}

export interface Row {
  readonly name: string
  measure(stage: Stage): Promise<Figure[]>
}

export const atMost = (value: number): Figure['goal'] => ({ is: 'at most', value })
export const atLeast = (value: number): Figure['goal'] => ({ is: 'at least', value })

/** The table: what was measured, and what was to be reached. */
export function report(figures: readonly Figure[]): string {
  const lines = figures.map(({ what, value, unit, goal }) => [
    what,
    `${numberText(value)}${unit === '' ? '' : ` ${unit}`}`,
    goal === undefined ? '' : `${goal.is === 'at least' ? '>=' : '<='} ${goal.value}`,
    goal === undefined ? '' : isReached(value, goal) ? 'reached' : 'missed',
  ])
  const widths = [0, 1, 2, 3].map(column => Math.max(...lines.map(line => line[column]!.length)))
  return lines
    .map(line => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('   '))
    .map(line => line.trimEnd())
    .join('\n')
}

function isReached(value: number, { is, value: wanted }: NonNullable<Figure['goal']>): boolean {
  return is === 'at least' ? value >= wanted : value <= wanted
}

function numberText(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
