/** What the measurement and the process of one node say to each other. */
import type { SyncReport, SyncScope } from '../../src/flow/sync.ts'

/** Posts by 200 authors, one for each second up to `untilSeconds`. */
export interface Posts {
  readonly untilSeconds: number
  readonly count: number
  /** Which of them, by their numbers from the oldest; all unless told. */
  readonly only?: readonly number[]
  /** With signatures that hold; others may only be put into a store, which does not look. */
  readonly signed: boolean
}

export type Order =
  /** `bootstrap`: a multiaddr that the node connects to; empty for none. */
  | { readonly do: 'start'; readonly dataDir: string; readonly maxEvents: number; readonly bootstrap: string }
  /** Through the store, marked as public. */
  | { readonly do: 'fill'; readonly posts: Posts }
  /** Until there is nothing left to do: what a start and the search index take is none of the comparison's. */
  | { readonly do: 'rest' }
  /** Compares with a connected node. */
  | { readonly do: 'sync'; readonly peer: string; readonly scope: SyncScope }
  /** The same events through the one door as a synchronisation brings them, and nothing else. */
  | { readonly do: 'ingest'; readonly posts: Posts }
  /** Begins to watch the memory, or says what was the most. */
  | { readonly do: 'watch' }
  | { readonly do: 'usage' }
  | { readonly do: 'stop' }

export interface Usage {
  /** CPU time of the process, all threads. */
  readonly cpuMs: number
  /** What the process has of its own: without the pages of LevelDB's files, which the system may take back. */
  readonly memoryBytes: number
  /** Those pages, and the program's own. */
  readonly fileBytes: number
  /** The most since `watch`. */
  readonly peakBytes: number
  readonly events: number
}

export interface Answers {
  readonly start: { readonly peer: string; readonly address: string }
  readonly fill: { readonly events: number }
  readonly rest: Record<string, never>
  readonly sync: { readonly report: SyncReport; readonly tookMs: number; readonly cpuMs: number }
  readonly ingest: { readonly tookMs: number; readonly cpuMs: number }
  readonly watch: Record<string, never>
  readonly usage: Usage
  readonly stop: Record<string, never>
}

export interface ToNode {
  readonly number: number
  readonly order: Order
}

export type FromNode =
  | { readonly to: number; readonly answer: Answers[Order['do']] }
  | { readonly to: number; readonly failed: string }
