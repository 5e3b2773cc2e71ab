/**
 * A list that the owner keeps for themselves (NIP-51): one event with an open part and one encrypted to oneself. New
 * entries go into the encrypted part; what others have put into either stays.
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { NostrEvent, Tag } from '../../event/event.ts'
import { isSignerTrouble, type Signer, type SignerTrouble } from '../key/signer.ts'
import type { Trouble } from '../node/trouble.ts'
import type { Book } from './book.ts'
import type { Publish } from './publish.ts'

export interface OwnList {
  /** Both parts, as far as they could be read. */
  readonly tags: ReadonlySignal<readonly Tag[]>
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
  readonly publish: Publish
}

interface Parts {
  readonly open: readonly Tag[]
  readonly closed: readonly Tag[]
}

export function createOwnList({ kind, book, owner, needSigner, signer, publish }: OwnListParts): OwnList {
  const tags = signal<readonly Tag[]>([])
  let read: { readonly id: string | undefined; readonly parts: Parts; readonly isWhole: boolean } | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** The newest version; `isWhole` is false when the private part could not be read, and must not be written over. */
  async function newest(by: Signer | undefined) {
    const pubkey = owner()
    const event = pubkey === undefined ? undefined : book.newest(kind, pubkey)
    if (read !== undefined && read.id === event?.id && (read.isWhole || by === undefined)) return read
    const closed = await closedPart(event, by)
    read = { id: event?.id, parts: { open: event?.tags ?? [], closed: closed ?? [] }, isWhole: closed !== undefined }
    tags.value = [...read.parts.open, ...read.parts.closed]
    return read
  }

  async function change(edit: (parts: Parts) => Parts) {
    const by = await needSigner()
    if (by === undefined) return LOCKED
    const { id, parts, isWhole } = await newest(by)
    if (!isWhole) return UNREADABLE
    const { open, closed } = edit(parts)
    if (open === parts.open && closed === parts.closed) return undefined
    const content = closed.length === 0 ? '' : await by.encrypt(JSON.stringify(closed))
    if (isSignerTrouble(content)) return content
    // Of two versions of one second only one would hold.
    const before = id === undefined ? undefined : book.get(id)
    const created_at = Math.max(Math.floor(Date.now() / 1000), (before?.created_at ?? 0) + 1)
    const result = await publish({ kind, created_at, tags: open, content })
    await newest(by)
    return result
  }

  /** One after another, each on what the one before has left. */
  function queued<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work, work)
    last = next
    return next
  }

  return {
    tags,
    refresh: async () => void (await newest(signer())),
    add: tag =>
      queued(() =>
        change(parts => {
          if (has(parts.open, tag) || has(parts.closed, tag)) return parts
          return { ...parts, closed: [...parts.closed, tag] }
        }),
      ),
    remove: tag =>
      queued(() =>
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
