/** Requests to vanish (NIP-62): kind 62, with the relays that have to forget its author. */
import { type NostrEvent, tagValues } from './event.ts'
import { KIND } from './kinds.ts'

const EVERYWHERE = 'ALL_RELAYS'

/** @param isOwn whether a URL is this relay's; undefined for another kind of event */
export function asksToVanish(event: NostrEvent, isOwn: (url: string) => boolean): boolean | undefined {
  if (event.kind !== KIND.vanish) return undefined
  return tagValues(event, 'relay').some(url => url === EVERYWHERE || isOwn(url))
}
