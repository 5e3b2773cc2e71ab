/** What one part of the relay's measurement gives. */
import type { SampleEvent } from './events.ts'
import type { Relay } from './relays.ts'

/** What a figure has to be: so many times the rival's, or so much by itself. */
export interface Goal {
  readonly is: 'at least' | 'at most'
  readonly value: number
  readonly of: 'rival' | 'itself'
}

export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly goal?: Goal
}

export interface Stage {
  readonly relay: Relay
  /** All sample events; the relay holds them where the part says so. */
  readonly events: readonly SampleEvent[]
  readonly quick: boolean
  progress(text: string): void
}

export interface Part {
  readonly name: string
  /** Whether the relay has to hold the sample events before. */
  readonly needs: 'empty' | 'filled'
  measure(stage: Stage): Promise<Figure[]>
}

export const timesRival = (value: number): Goal => ({ is: 'at least', value, of: 'rival' })
export const atLeast = (value: number): Goal => ({ is: 'at least', value, of: 'itself' })
export const atMost = (value: number): Goal => ({ is: 'at most', value, of: 'itself' })
