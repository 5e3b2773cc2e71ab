/**
 * A list that the owner keeps for themselves (NIP-51): one event with an open part and one encrypted to oneself. New
 * entries go into the encrypted part; what others have put into either stays.
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { NostrEvent, Tag } from '../../event/event.ts'
import { isSignerTrouble, type Signer, type SignerTrouble } from '../key/signer.ts'
import type { EventCalls } from '../node/events.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import type { Book } from './book.ts'
import { createInTurn } from './in-turn.ts'
import { createNewestOwn, dateAfter } from './newest-own.ts'
import type { Publish } from './publish.ts'

export interface OwnList {
  /** Both parts, as far as they could be read. */
  readonly tags: ReadonlySignal<readonly Tag[]>
  /** There is an encrypted part that could not be read: a key opens it. */
  readonly isClosed: ReadonlySignal<boolean>
  /** Reads the newest version; its private part only where a key is at hand. */
  refresh(): Promise<void>
  /** Nothing happens to an entry that is there. */
  add(tag: Tag): Promise<NostrEvent | undefined | Trouble | SignerTrouble>
  remove(tag: Tag): Promise<NostrEvent | undefined | Trouble | SignerTrouble>
}

export interface OwnListParts {
  readonly kind: number
  readonly book: Book
  readonly owner: () => string | undefined
  /** Asks for the key where it has to. */
  readonly needSigner: () => Promise<Signer | undefined>
  /** The signer when one is ready. */
  readonly signer: () => Signer | undefined
  readonly ask: EventCalls['ask']
  readonly publish: Publish
  /** Waits before the node is asked once more what it looked for elsewhere. */
  readonly pause?: (() => Promise<void>) | undefined
}

/** A version as it was read. */
interface Read {
  readonly event: NostrEvent | undefined
  readonly parts: Parts
  /** False when the private part could not be read, and must not be written over. */
  readonly isWhole: boolean
  /** Who tried to decrypt it. */
  readonly by: Signer | undefined
}

interface Parts {
  readonly open: readonly Tag[]
  readonly closed: readonly Tag[]
}

export function createOwnList(own: OwnListParts): OwnList {
  const { kind, book, owner, needSigner, signer, publish } = own
  const findNewest = createNewestOwn(own)
  const tags = signal<readonly Tag[]>([])
  const isClosed = signal(false)
  let read: Read | undefined
  const inTurn = createInTurn()

  function current(): NostrEvent | undefined {
    const pubkey = owner()
    return pubkey === undefined ? undefined : book.newest(kind, pubkey)
  }

  /** @param isAgain also where this signer could not, or would not, decrypt it before: a person may be asked for each try */
  async function newest(by: Signer | undefined, isAgain: boolean): Promise<Read> {
    for (;;) {
      const event = current()
      const isTried = read?.isWhole === true || by === undefined || (by === read?.by && !isAgain)
      if (read !== undefined && read.event === event && isTried) return read
      const closed = await closedPart(event, by)
      // Another version came meanwhile.
      if (event !== current()) continue
      const parts = { open: event?.tags ?? [], closed: closed ?? [] }
      read = { event, parts, isWhole: closed !== undefined, by }
      tags.value = [...parts.open, ...parts.closed]
      isClosed.value = !read.isWhole
      return read
    }
  }

  async function change(edit: (parts: Parts) => Parts) {
    const by = await needSigner()
    const pubkey = owner()
    if (by === undefined || pubkey === undefined) return LOCKED
    const found = await findNewest(pubkey)
    if (isTrouble(found)) return found
    for (;;) {
      const { event, parts, isWhole } = await newest(by, true)
      if (!isWhole) return UNREADABLE
      const { open, closed } = edit(parts)
      if (open === parts.open && closed === parts.closed) return undefined
      const content = closed.length === 0 ? '' : await by.encrypt(JSON.stringify(closed))
      if (isSignerTrouble(content)) return content
      // What another device has changed while somebody was asked is not undone.
      if (event !== current()) continue
      const result = await publish({ kind, created_at: dateAfter(event), tags: open, content })
      await newest(by, true)
      return result
    }
  }

  return {
    tags,
    isClosed,
    refresh: async () => void (await newest(signer(), false)),
    add: tag =>
      inTurn(() =>
        change(parts => {
          if (has(parts.open, tag) || has(parts.closed, tag)) return parts
          return { ...parts, closed: [...parts.closed, tag] }
        }),
      ),
    remove: tag =>
      inTurn(() =>
        change(({ open, closed }) => ({
          open: has(open, tag) ? open.filter(held => !isSame(held, tag)) : open,
          closed: has(closed, tag) ? closed.filter(held => !isSame(held, tag)) : closed,
        })),
      ),
  }
}

async function closedPart(event: NostrEvent | undefined, by: Signer | undefined): Promise<readonly Tag[] | undefined> {
  if (event === undefined || event.content === '') return []
  const text = await by?.decrypt(event.content)
  if (typeof text !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (!Array.isArray(value)) return undefined
    return value.filter((tag): tag is string[] => Array.isArray(tag) && tag.every(entry => typeof entry === 'string'))
  } catch {
    return undefined
  }
}

function has(tags: readonly Tag[], tag: Tag): boolean {
  return tags.some(held => isSame(held, tag))
}

function isSame(a: Tag, b: Tag): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

const LOCKED: SignerTrouble = { signerTrouble: 'locked' }
const UNREADABLE: SignerTrouble = { signerTrouble: 'unable' }
