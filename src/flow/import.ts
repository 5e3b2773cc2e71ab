/**
 * Lines of JSON, one event each → the one door, many at a time → what became of each (specification/rest-api.md, R18).
 * What the owner has published before is put where it was; what is still news goes out as if it came from another node
 * of the owner's.
 */
import type { NostrEvent } from '../event/event.ts'
import { classOf } from '../event/kinds.ts'
import type { Refusal } from '../event/refusal.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { parseEvent } from '../event/verify.ts'
import type { OnActivity } from '../observe/activity.ts'
import type { ImportEnd, ImportLine, ImportProgress } from '../wire/transfer.ts'
import type { Accept, Accepted } from './accept.ts'
import { type BringingParts, createSourceOf } from './bringing.ts'
import { isDiskRefusal } from './keep.ts'
import type { Source } from './source.ts'

export interface Line {
  /** From 1. */
  readonly number: number
  /** Undefined where it was longer than a line may be. */
  readonly text: string | undefined
}

/** @param tell told of progress and refusals; must not wait */
export type Import = (lines: AsyncIterable<readonly Line[]>, tell: (line: ImportLine) => void) => Promise<ImportEnd>

export interface ImportParts extends BringingParts {
  readonly accept: Accept
  /** Told when a new event of the owner is in: it may change what peers are shown of this node. */
  readonly onAccepted: (event: NostrEvent) => void
  /** Tries what waits for these owners. */
  readonly deliver: (owner: string) => void
  /** Gossips what nobody got yet. */
  readonly flush: () => void
  readonly onActivity: OnActivity
}

/** Events at the door at once: enough that they share checks and writes. */
const MAX_AT_WORK = 64
const MAX_AT_WORK_CHARS = 8 * 1024 * 1024
/** Lines between two reports. */
const REPORT_LINES = 1_000
/** Refusals that are told one by one. */
export const MAX_NAMED_REFUSALS = 1_000

const TOO_LONG = reject('too-large', 'This line is longer than an event may be.')
const NOT_JSON = reject('malformed', 'This line is not JSON.')
const NEVER_KEPT = reject('malformed', 'An event of this kind is passed on and never kept, so there is none to import.')

export function createImport(parts: ImportParts): Import {
  const { owner, accept, onAccepted, deliver, flush, onActivity } = parts
  const sourceOf = createSourceOf(parts)

  async function take(event: NostrEvent): Promise<'stored' | 'had' | Rejection> {
    if (classOf(event.kind) === 'ephemeral') return NEVER_KEPT
    const brought = await sourceOf(event, { role: 'owner', pubkeys: new Set(), address: undefined })
    if (isRejection(brought)) return brought
    const source: Source = brought.via === 'client' ? { via: 'import', sealed: brought.sealed === true } : brought
    const accepted = await accept(event, source)
    if (isRejection(accepted)) return accepted
    if (accepted.result !== 'stored') return 'had'
    onAccepted(event)
    send(accepted)
    return 'stored'
  }

  function send({ pending }: Accepted): void {
    for (const pubkey of pending?.to ?? []) deliver(pubkey)
  }

  return async (lines, tell) => {
    const counts = { read: 0, stored: 0, had: 0, refused: 0 }
    const own = new Set<Promise<void>>()
    const others = new Set<Promise<void>>()
    let chars = 0
    /** Why nothing more can be taken. */
    let fault: Rejection | undefined

    function note(line: number, outcome: 'stored' | 'had' | Rejection): void {
      if (!isRejection(outcome)) {
        counts[outcome] += 1
        return
      }
      if (isDiskRefusal(outcome)) fault ??= outcome
      counts.refused += 1
      const { rejected, reason } = outcome
      if (counts.refused <= MAX_NAMED_REFUSALS) tell({ line, refused: rejected, reason })
    }

    /** Resolves when there is room for another one. */
    async function begin({ number, text }: Line): Promise<void> {
      if (text === '' || text?.trim() === '') return
      counts.read += 1
      const event = text === undefined ? TOO_LONG : eventOf(text)
      if (isRejection(event)) return note(number, event)
      const isOwn = event.pubkey === owner()
      // Whether somebody else's is of use hangs on what the owner has: the follow list may be on its way in.
      if (!isOwn) await Promise.all(own)
      while (own.size + others.size >= MAX_AT_WORK || chars > MAX_AT_WORK_CHARS) await Promise.race([...own, ...others])
      const { length } = text!
      chars += length
      const atWork = isOwn ? own : others
      const done = take(event)
        .then(outcome => note(number, outcome))
        .finally(() => {
          chars -= length
          atWork.delete(done)
        })
      atWork.add(done)
    }

    let broken: LinesEnded | undefined
    try {
      for await (const some of lines) {
        for (const line of some) {
          // What is still on its way is read, so that whoever sends it is there for the answer.
          if (fault !== undefined) break
          const before = counts.read
          await begin(line)
          if (counts.read > before && counts.read % REPORT_LINES === 0) tell({ ...counts })
        }
      }
    } catch (error) {
      if (!(error instanceof LinesEnded)) throw error
      broken = error
    } finally {
      await Promise.allSettled([...own, ...others])
    }
    // Faults of the program are for the caller.
    await Promise.all([...own, ...others])
    flush()
    onActivity({ what: 'imported', ...told(counts) })
    const unnamed = Math.max(0, counts.refused - MAX_NAMED_REFUSALS)
    const reason = fault?.reason ?? broken?.message ?? null
    return { ...counts, done: reason === null, unnamed, reason, code: fault?.rejected ?? broken?.code ?? null }
  }
}

/** The lines end before they should; the message is a sentence for a person. */
export class LinesEnded extends Error {
  override readonly name = 'LinesEnded'
  readonly code: Refusal

  constructor(message: string, code: Refusal = 'import-broke') {
    super(message)
    this.code = code
  }
}

function eventOf(text: string): NostrEvent | Rejection {
  try {
    return parseEvent(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return NOT_JSON
    throw error
  }
}

function told({ stored, had, refused }: ImportProgress) {
  return { stored, had, refused }
}
