/** What a bench table is: rows of figures, each beside what it is held against. */
import type { Workspace } from './workspace.ts'

/** What a figure is held against: a goal of the project, or what the original node did. */
export interface Bound {
  readonly is: 'at least' | 'at most'
  readonly value: number
  readonly of: 'goal' | 'original'
}

export interface Row {
  readonly what: string
  readonly value: number
  /** `/s`, `B`, `ms`, …; empty for plain numbers. */
  readonly unit: string
  readonly bound?: Bound | undefined
}

export interface Run {
  /** Fewer rounds: figures of the right size, not of the right digits. */
  readonly quick: boolean
  readonly workspace: Workspace
  /** Says what is being measured now. */
  progress(text: string): void
}

export interface Table {
  readonly name: string
  readonly title: string
  /** How it was measured, in a sentence or two. */
  readonly how: string
  measure(run: Run): Promise<Row[]>
}

export function goalAtLeast(value: number): Bound {
  return { is: 'at least', value, of: 'goal' }
}

export function goalAtMost(value: number): Bound {
  return { is: 'at most', value, of: 'goal' }
}

/** The original's figure where less is better. */
export function originalAtMost(value: number): Bound {
  return { is: 'at most', value, of: 'original' }
}

/** The original's figure where more is better. */
export function originalAtLeast(value: number): Bound {
  return { is: 'at least', value, of: 'original' }
}

/** How many times better than the bound: 1 and more means that it is kept. */
export function ratioOf({ value, bound }: Row): number | undefined {
  if (bound === undefined) return undefined
  // Also zero where zero is the goal.
  if (value === bound.value) return 1
  return bound.is === 'at least' ? value / bound.value : bound.value / value
}
