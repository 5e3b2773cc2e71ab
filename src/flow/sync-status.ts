/** What a node says about its catching up: for `/status`, the page, and `nostrp2p sync`. */
import type { RoundKind, RoundProgress, RoundReport } from '../wire/sync-status.ts'
import type { SyncProgress, SyncReport } from './sync.ts'

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
