/** Everything of the owner → lines of JSON, one event each: read from the store as fast as somebody takes them. */
import type { NostrEvent } from '../event/event.ts'
import { isGuests, type Mark, type View } from '../store/mark.ts'
import type { EventStore, FoundEvent, Position } from '../store/store.ts'
import { markOfForm } from './visibility.ts'

/** `own`: by the owner, or for the owner alone. `all`: whatever is here but what guests left. */
export type ExportWhat = 'own' | 'all'

export interface Export {
  /** As many as there are now; what comes or goes while it is read makes a difference. */
  readonly events: number
  /** Bytes of whole lines: the owner's events first, so that whoever imports them knows whom the owner follows. */
  readonly lines: AsyncGenerator<Uint8Array>
}

export type MakeExport = (what: ExportWhat) => Promise<Export>

export interface ExportParts {
  readonly owner: () => string | undefined
  readonly events: Pick<EventStore, 'read' | 'count' | 'after' | 'lastPosition'>
}

/** Events and bytes that are read at once. */
const PAGE = 500
const PAGE_BYTES = 256 * 1024

export function createExport({ owner, events }: ExportParts): MakeExport {
  async function* lines(pubkey: string, others: View): AsyncGenerator<Uint8Array> {
    const from = events.lastPosition()
    const maxEvents = Number.POSITIVE_INFINITY
    yield* pages([{ authors: [pubkey] }], undefined)
    yield* pages([{}], others)
    // A profile that was replaced meanwhile stands here, and so does what came.
    yield* since(from, ({ event, mark }) => event.pubkey === pubkey || others(event, mark))

    async function* pages(filters: Parameters<EventStore['read']>[0], view: View | undefined) {
      const reading = events.read(filters, { view, maxEvents })
      try {
        for (;;) {
          const page = await reading.next(PAGE, PAGE_BYTES)
          if (page.length === 0) return
          yield linesOf(page)
        }
      } finally {
        reading.close()
      }
    }
  }

  async function* since(
    from: Position,
    isWanted: (stored: { readonly event: NostrEvent; readonly mark?: Mark | undefined }) => boolean,
  ): AsyncGenerator<Uint8Array> {
    for (let at = from; ; ) {
      const page = await events.after(at, PAGE, PAGE_BYTES)
      if (page.length === 0) return
      at = page.at(-1)!.position
      const text = page.filter(isWanted).map(({ event }) => `${JSON.stringify(event)}\n`)
      if (text.length > 0) yield Buffer.from(text.join(''))
    }
  }

  return async what => {
    const pubkey = owner()
    if (pubkey === undefined) return { events: 0, lines: nothing() }
    const others = what === 'all' ? othersOf(pubkey) : privateToOwner(pubkey)
    const own = await events.count([{ authors: [pubkey] }])
    return { events: own + (await events.count([{}], { view: others })), lines: lines(pubkey, others) }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** What others sent to the owner alone, and gift wraps of the owner, which a key of the moment has signed. */
function privateToOwner(owner: string): View {
  const view = (event: NostrEvent, mark: Mark | undefined) =>
    event.pubkey !== owner && (mark ?? markOfForm(event)) === 'private'
  return Object.assign(view, {
    glance: (_: number, mark: Mark | undefined) => (mark === undefined || mark === 'private' ? undefined : false),
  })
}

function othersOf(owner: string): View {
  const view = ({ pubkey }: NostrEvent, mark: Mark | undefined) => pubkey !== owner && !isGuests(mark)
  return Object.assign(view, {
    glance: (_: number, mark: Mark | undefined) => (isGuests(mark) ? false : undefined),
  })
}

function linesOf(page: readonly FoundEvent[]): Uint8Array {
  const out = Buffer.allocUnsafe(page.reduce((sum, { maxJsonBytes }) => sum + maxJsonBytes + 1, 0))
  let at = 0
  for (const found of page) {
    at = found.writeJson(out, at)
    out[at++] = NEWLINE
  }
  // The room was for the worst case; nobody needs to hold that.
  return Buffer.from(out.subarray(0, at))
}

const NEWLINE = 0x0a
