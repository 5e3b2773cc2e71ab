/** What the bench and a host of many nodes say to each other. */
import type { Tuning } from '../../src/config.ts'

export type HostRequest =
  | {
      readonly ask: 'start'
      /** Names of the owners: one node for each. */
      readonly owners: readonly string[]
      readonly folder: string
      readonly mesh: Tuning['mesh']
      readonly repairMs: number
      /** Share of the gossiped events that each node loses. */
      readonly loss: number
      /** Multiaddr of the first node of all; empty for the host that has it. */
      readonly bootstrap: string
    }
  | { readonly ask: 'publish'; readonly owner: string; readonly event: string }
  | { readonly ask: 'figures' }

/** What a host has counted since its start. */
export interface HostFigures {
  /** Connected peers of each node. */
  readonly peers: readonly number[]
  /** Payload bytes of the overlay's sockets, sent and received. */
  readonly bytes: number
  /** Copies of gossiped events that came in. */
  readonly copies: number
  /** Events that each node holds. */
  readonly events: readonly number[]
}

export interface HostReplies {
  readonly start: { readonly address: string }
  readonly publish: Record<string, never>
  readonly figures: HostFigures
}

export type FromHost =
  | { readonly to: number; readonly reply: HostReplies[keyof HostReplies] }
  | { readonly to: number; readonly failed: string }
  /** A node has a gossiped event; `atMs` on the clock that all processes of a machine share. */
  | { readonly received: string; readonly owner: string; readonly atMs: number }

export interface ToHost {
  readonly number: number
  readonly request: HostRequest
}

/** Milliseconds since 1970, with fractions. */
export function sharedClockMs(): number {
  return performance.timeOrigin + performance.now()
}
