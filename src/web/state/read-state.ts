/**
 * How far somebody has read, kept on the device at once and shared with their other devices now and then: one event of
 * kind 30078 (NIP-78), encrypted to oneself, that stays on the owner's node.
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import { KIND } from '../../event/kinds.ts'
import type { Keep } from '../keep/database.ts'
import { isSignerTrouble, type Signer } from '../key/signer.ts'
import type { Book } from './book.ts'
import { createInTurn } from './in-turn.ts'
import type { Draft } from './publish.ts'

/** What is read up to where: seconds since 1970. */
export interface Seen {
  readonly home: number
  readonly notices: number
}

export interface ReadState {
  readonly seen: ReadonlySignal<Seen>
  /** How far it was when the page was opened. */
  readonly before: ReadonlySignal<Seen>
  /** How far it was when a device of theirs told last. */
  readonly shared: ReadonlySignal<Seen>
  /** Read up to here; never back. */
  see(what: keyof Seen, seconds: number): void
  /** Takes up what the device kept. */
  load(keep: Keep): Promise<void>
  /**
   * Compares with the other devices: reads their event, and writes ours when we are ahead. Asks for no key.
   * @param isNow somebody is about to go on elsewhere: ours is written whenever the last one was
   */
  share(isNow?: boolean): Promise<void>
}

export interface ReadStateParts {
  readonly book: Book
  readonly owner: () => string | undefined
  /** The signer when one is ready: nobody is asked for a password because of this. */
  readonly signer: () => Signer | undefined
  readonly send: (draft: Draft) => void
}

const NAME = 'nostrp2p/read'
const KEEP_NAME = 'seen'
/** Other devices need not know every step. */
const SHARE_MS = 5 * 60_000

export function createReadState({ book, owner, signer, send }: ReadStateParts): ReadState {
  const seen = signal<Seen>(NOTHING)
  const before = signal<Seen>(NOTHING)
  let keep: Keep | undefined
  const shared = signal<Seen>(NOTHING)
  const inTurn = createInTurn()
  let readId: string | undefined
  let lastShareMs = 0
  let isDue = false

  function rise(to: Seen): void {
    const { home, notices } = seen.value
    if (to.home <= home && to.notices <= notices) return
    seen.value = { home: Math.max(home, to.home), notices: Math.max(notices, to.notices) }
    void keep?.setValue(KEEP_NAME, seen.value)
    if (isDue) return
    isDue = true
    setTimeout(() => {
      isDue = false
      void share(true)
    }, SHARE_MS)
  }

  async function readOthers(by: Signer, pubkey: string): Promise<void> {
    const event = book.newest(KIND.appData, pubkey, NAME)
    if (event === undefined || event.id === readId) return
    const text = await by.decrypt(event.content)
    if (isSignerTrouble(text)) return
    readId = event.id
    shared.value = parseSeen(text)
    rise(shared.value)
  }

  async function writeOurs(by: Signer): Promise<void> {
    const { home, notices } = seen.value
    if (home <= shared.value.home && notices <= shared.value.notices) return
    const content = await by.encrypt(JSON.stringify(seen.value))
    if (isSignerTrouble(content)) return
    shared.value = seen.value
    send({ kind: KIND.appData, tags: [['d', NAME]], content })
  }

  function share(isNow = false): Promise<void> {
    return inTurn(async () => {
      const by = signer()
      const pubkey = owner()
      // An extension or a bunker would ask the person for each: only a key in this page does it by itself.
      if (by === undefined || by.kind !== 'here' || pubkey === undefined) return
      await readOthers(by, pubkey)
      if (!isNow && Date.now() - lastShareMs < SHARE_MS) return
      lastShareMs = Date.now()
      await writeOurs(by)
    })
  }

  return {
    seen,
    before,
    shared,
    see(what, seconds) {
      rise({ ...seen.value, [what]: Math.max(seconds, seen.value[what]) })
    },
    async load(opened) {
      keep = opened
      before.value = parseSeen(JSON.stringify((await opened.value(KEEP_NAME)) ?? {}))
      rise(before.value)
    },
    share,
  }
}

function parseSeen(text: string): Seen {
  try {
    const { home, notices } = JSON.parse(text) as Record<string, unknown>
    return { home: secondsOf(home), notices: secondsOf(notices) }
  } catch {
    return NOTHING
  }
}

const NOTHING: Seen = { home: 0, notices: 0 }

/** A date from the far future would hide everything that comes. */
function secondsOf(value: unknown): number {
  const isDate = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= Date.now() / 1000 + 900
  return isDate ? value : 0
}
