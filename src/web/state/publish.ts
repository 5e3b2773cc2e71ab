/** What somebody says, on its way: signed by whoever signs for them, taken by the node, shown at once. */
import type { EventTemplate, NostrEvent } from '../../event/event.ts'
import { isSignerTrouble, type Signer, type SignerTrouble } from '../key/signer.ts'
import type { EventCalls } from '../node/events.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import { nowSeconds } from './clock.ts'

/** Without a date it is dated now. */
export type Draft = Omit<EventTemplate, 'created_at'> & { readonly created_at?: number }

/** Why something did not happen: the node, or whoever signs, did not do it. */
export type Failed = Trouble | SignerTrouble

export function isFailed(value: unknown): value is Failed {
  return isTrouble(value) || isSignerTrouble(value)
}

export type Publish = (draft: Draft) => Promise<NostrEvent | Trouble | SignerTrouble>

export interface PublishParts {
  readonly needSigner: () => Promise<Signer | undefined>
  readonly publish: EventCalls['publish']
  /** Takes what the node has taken into the book and what is kept. */
  readonly onPublished: (event: NostrEvent) => void
}

export function createPublish({ needSigner, publish, onPublished }: PublishParts): Publish {
  return async draft => {
    const signer = await needSigner()
    if (signer === undefined) return { signerTrouble: 'locked' }
    const event = await signer.sign({ ...draft, created_at: draft.created_at ?? nowSeconds() })
    if (isSignerTrouble(event)) return event
    const published = await publish(event)
    if (isTrouble(published)) return published
    onPublished(event)
    return event
  }
}
