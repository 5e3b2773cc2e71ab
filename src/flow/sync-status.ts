/** What a node says about its catching up: for `/status`, the page, and `nostrp2p sync`. */
import type { SyncProgress, SyncReport } from './sync.ts'

/**
 * `behind`: after a start or an absence; `repair`: now and then, for what gossip lost; `asked`: by the owner.
 */
export type RoundKind = 'behind' | 'repair' | 'asked'

/** One round of comparing with neighbours. */
export interface RoundReport {
  readonly number: number
  readonly kind: RoundKind
  /** ISO date of its end. */
  readonly ended: string
  readonly seconds: number
  /** Neighbours that were compared with to the end, or gave something. */
  readonly neighbours: number
  /** Events that were new here, and that were new there. */
  readonly learned: number
  readonly sent: number
  /** Events that neighbours had and this node did not take. */
  readonly refused: number
  /** Bytes of all messages, both ways. */
  readonly bytes: number
  readonly complete: boolean
  /** Why it is not, as a sentence; empty when it is. */
  readonly reason: string
}

export interface SyncStatus {
  /** `waiting`: no neighbour to compare with is connected. */
  readonly state: 'waiting' | 'running' | 'idle'
  /** ISO date up to which this node surely has what its neighbours have; null while nobody has confirmed it. */
  readonly completeUntil: string | null
  /** Events since the start that were new here and new there, also when others asked. */
  readonly learned: number
  readonly sent: number
  /** Of the round that runs. */
  readonly progress: RoundProgress | null
  /** The last rounds, the latest first. */
  readonly rounds: readonly RoundReport[]
}

export interface RoundProgress {
  readonly number: number
  readonly kind: RoundKind
  /** Which neighbour of this round it is, from 1; 0 before the first. */
  readonly neighbour: number
  /** Events found so far that are not here, and how many of them have come. */
  readonly found: number
  readonly learned: number
  readonly sent: number
}

/** Adds up one round. */
export class Tally {
  readonly number: number
  readonly kind: RoundKind
  readonly startedMs: number
  /** Whom the round has turned to. */
  readonly neighbours: Set<string> = new Set()
  readonly #answered = new Set<string>()
  #done = { found: 0, learned: 0, sent: 0, refused: 0, bytes: 0 }
  #running: SyncProgress | undefined
  reason = ''

  constructor(number: number, kind: RoundKind, startedMs: number) {
    this.number = number
    this.kind = kind
    this.startedMs = startedMs
  }

  begin(peer: string): void {
    this.neighbours.add(peer)
  }

  note(progress: SyncProgress): void {
    this.#running = progress
  }

  add(report: SyncReport): void {
    const { found } = this.progress()
    const { learned, sent, refused, bytes } = this.#done
    this.#running = undefined
    if (report.isComplete || report.learned > 0) this.#answered.add(report.peer)
    this.#done = {
      found: Math.max(found, learned + report.learned),
      learned: learned + report.learned,
      sent: sent + report.sent,
      refused: refused + report.refused,
      bytes: bytes + report.bytes,
    }
  }

  progress(): RoundProgress {
    const { found, learned, sent } = this.#done
    const now = this.#running
    return {
      number: this.number,
      kind: this.kind,
      neighbour: this.neighbours.size,
      found: found + (now?.found ?? 0),
      learned: learned + (now?.learned ?? 0),
      sent: sent + (now?.sent ?? 0),
    }
  }

  report(nowMs: number, complete: boolean): RoundReport {
    const { learned, sent, refused, bytes } = this.#done
    return {
      number: this.number,
      kind: this.kind,
      ended: new Date(nowMs).toISOString(),
      seconds: Math.max(0, (nowMs - this.startedMs) / 1000),
      neighbours: this.#answered.size,
      learned,
      sent,
      refused,
      bytes,
      complete,
      reason: complete ? '' : this.reason,
    }
  }
}
