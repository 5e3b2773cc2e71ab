/**
 * The node's verifier: a few signatures at once on the main thread, more on a worker, and never more than a bound. What is
 * wanted while the worker is busy is checked by both.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { NostrEvent, VerifiedEvent } from '../event/event.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { type SignatureCheck, verifySignature } from '../event/verify.ts'
import { type CheckerKind, createChecker } from './checker.ts'
import { CHECK_BYTES, hexCheck } from './wasm.ts'

/** `wanted`: from the owner's client, addressed to the owner, or asked for. `offered`: gossip, which others have too. */
export type Priority = 'wanted' | 'offered'

export interface Verifier {
  /**
   * Checks the signature of an event whose id was compared with its hash. When the queue is full, the newest offered
   * check is given up for a wanted one, and an offered one is given up itself: `overloaded`, and counted.
   */
  verify(event: NostrEvent, priority: Priority): Promise<VerifiedEvent | Rejection>
  /** Starts the thread, for a node whose clients may come in numbers: by itself it starts with the first of many checks. */
  prepare(): void
  /** Ends the thread, unless it was wanted since the last call. */
  endUnused(): void
  /** Checks that wait, for tests and metrics. */
  waiting(): number
  /** What checks, for `/status`; before the first check, what will be tried. */
  kind(): CheckerKind
  stop(): Promise<void>
}

export interface VerifierOptions {
  /** Checks that wait at most: an eighth of a second of work for one core. */
  readonly maxWaiting?: number
  /** Told for each check given up. */
  readonly onShed?: () => void
  /** The system's libsecp256k1 (`findNativeLibrary`), which is loaded when there is something to check. */
  readonly library?: string | undefined
  /** The worker's file; tests put one there that fails. */
  readonly workerFile?: URL
}

/** Up to this many in one turn of the event loop are checked in place: handing them over would cost as much. */
const INLINE_CHECKS: Readonly<Record<CheckerKind, number>> = { wasm: 4, native: 16 }
/** One batch keeps the worker busy for 4 ms at most, so a wanted check never waits longer than that for its turn. */
const BATCH_CHECKS = 64
const MAX_WAITING = 2_500
/** For a thread to end by itself. */
const END_MS = 2_000

interface Check {
  readonly event: NostrEvent
  readonly settle: (outcome: VerifiedEvent | Rejection) => void
}

export function createVerifier(options: VerifierOptions = {}): Verifier {
  return new QueuedVerifier(options)
}

class QueuedVerifier implements Verifier {
  readonly #maxWaiting: number
  readonly #onShed: () => void
  readonly #library: string | undefined
  readonly #workerFile: URL
  readonly #queues: Record<Priority, Check[]> = { wanted: [], offered: [] }
  #checkHere: { readonly kind: CheckerKind; readonly check: SignatureCheck } | undefined
  #worker: Worker | undefined
  /** The batch that the worker has. */
  #busy: Check[] | undefined
  #isUsed = false
  #scheduled = false
  #stopped = false

  constructor(options: VerifierOptions) {
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING
    this.#onShed = options.onShed ?? (() => {})
    this.#library = options.library
    this.#workerFile = options.workerFile ?? new URL('./worker.ts', import.meta.url)
  }

  waiting(): number {
    return this.#queues.wanted.length + this.#queues.offered.length + (this.#busy?.length ?? 0)
  }

  kind(): CheckerKind {
    return this.#checkHere?.kind ?? (this.#library === undefined ? 'wasm' : 'native')
  }

  verify(event: NostrEvent, priority: Priority): Promise<VerifiedEvent | Rejection> {
    return new Promise(settle => {
      if (this.#stopped || (this.waiting() >= this.#maxWaiting && !this.#makeRoom(priority))) {
        this.#shed({ event, settle })
        return
      }
      this.#queues[priority].push({ event, settle })
      // A full batch need not wait for the rest of what came: the worker begins while this thread still reads.
      if (this.#busy === undefined && this.#queues[priority].length >= BATCH_CHECKS) this.#drain()
      else this.#schedule()
    })
  }

  prepare(): void {
    try {
      this.#startedWorker()
    } catch {
      // No thread to be had now; the checks themselves will show it.
    }
  }

  endUnused(): void {
    const worker = this.#worker
    if (!this.#isUsed && this.#busy === undefined) {
      this.#worker = undefined
      void ended(worker)
    }
    this.#isUsed = false
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const check of [...this.#take(Number.POSITIVE_INFINITY), ...(this.#busy ?? [])]) this.#shed(check)
    this.#busy = undefined
    await ended(this.#worker)
  }

  #makeRoom(priority: Priority): boolean {
    const victim = priority === 'wanted' ? this.#queues.offered.pop() : undefined
    if (victim === undefined) return false
    this.#shed(victim)
    return true
  }

  #shed(check: Check): void {
    this.#onShed()
    check.settle(reject('overloaded', 'The node has too many signatures to check. Try again in a moment.'))
  }

  #schedule(): void {
    if (this.#scheduled || (this.#busy !== undefined && this.#queues.wanted.length === 0)) return
    this.#scheduled = true
    // After the events of this turn, so that checks that come together go together.
    setImmediate(() => {
      this.#scheduled = false
      this.#drain()
    })
  }

  #drain(): void {
    if (this.#stopped) return
    const few = INLINE_CHECKS[this.kind()]
    if (this.#busy !== undefined) {
      this.#checkInPlace(this.#queues.wanted.splice(0, few))
    } else {
      const batch = this.#take(BATCH_CHECKS)
      if (batch.length <= few) this.#checkInPlace(batch)
      else this.#handOver(batch)
    }
    if (this.waiting() > 0) this.#schedule()
  }

  #take(count: number): Check[] {
    const wanted = this.#queues.wanted.splice(0, count)
    return wanted.concat(this.#queues.offered.splice(0, count - wanted.length))
  }

  #checkInPlace(batch: readonly Check[]): void {
    const { check } = this.#checker()
    for (const { event, settle } of batch) settle(verifySignature(event, check))
  }

  #checker(): { readonly kind: CheckerKind; readonly check: SignatureCheck } {
    if (this.#checkHere === undefined) {
      const { kind, check } = createChecker(this.#library)
      this.#checkHere = { kind, check: hexCheck(check) }
    }
    return this.#checkHere
  }

  #handOver(batch: Check[]): void {
    this.#busy = batch
    const checks = Buffer.allocUnsafeSlow(batch.length * CHECK_BYTES)
    batch.forEach(({ event }, i) => {
      checks.write(event.id + event.pubkey + event.sig, i * CHECK_BYTES, 'hex')
    })
    try {
      this.#startedWorker().postMessage(checks, [checks.buffer])
    } catch {
      // No thread to be had (memory, a file that is missing): slower, and still right.
      this.#lose(this.#worker)
    }
  }

  #startedWorker(): Worker {
    this.#isUsed = true
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(this.#workerFile, { workerData: { library: this.#library } })
    worker.unref()
    worker.on('message', (results: Uint8Array) => this.#finish(results))
    worker.on('error', () => this.#lose(worker))
    worker.on('exit', () => this.#lose(worker))
    this.#worker = worker
    return worker
  }

  /** The thread is gone; what it had is checked here, and the next batch starts a new one. */
  #lose(worker: Worker | undefined): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const lost = this.#busy ?? []
    this.#busy = undefined
    this.#checkInPlace(lost)
    this.#schedule()
  }

  #finish(results: Uint8Array): void {
    const batch = this.#busy ?? []
    this.#busy = undefined
    // The next batch first: the worker checks it while this thread stores what came out of the last one.
    if (this.waiting() > 0) this.#drain()
    batch.forEach(({ event, settle }, i) => {
      settle(verifySignature(event, () => results[i] === 1))
    })
    this.#schedule()
  }
}

/**
 * By itself, when it has loaded what it needs: a thread that is stopped while koffi loads a library takes the whole process
 * along.
 */
async function ended(worker: Worker | undefined): Promise<void> {
  if (worker === undefined || worker.threadId === -1) return
  const exit = once(worker, 'exit')
  // Held while it ends.
  worker.ref()
  worker.postMessage('end')
  const timer = setTimeout(() => void worker.terminate(), END_MS)
  await exit.catch(() => {})
  clearTimeout(timer)
}
