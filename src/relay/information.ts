/** The relay's information document (NIP-11): what it can do, and every limit that a client may run into. */
import { MAX_EVENT_BYTES, MAX_FUTURE_SECONDS, MAX_TAGS } from '../event/limits.ts'
import { RELAY_LIMITS } from './limits.ts'

export interface InformationParts {
  /** What the owner has decided (flow/access.ts). */
  readonly terms: () => {
    readonly name: string | undefined
    readonly description: string | undefined
    readonly icon: string | undefined
    readonly authRequired: boolean
    readonly restrictedWrites: boolean
    readonly minPowDifficulty: number
    /** Bytes of a guest's event as JSON; undefined where there are no guests. */
    readonly guestEventBytes: number | undefined
  }
  /** The owner's public key; undefined while the node is unclaimed. */
  readonly owner: () => string | undefined
  readonly version: string
}

/** @param isReader whether who asks may read this node */
export type Information = (isReader: boolean) => Readonly<Record<string, unknown>>

/** NIP-11 asks for the project's homepage; until there is one, its name. */
const SOFTWARE = 'nostrp2p'

/** What an event without tags has around its content, as JSON: names, hex, numbers. */
const FRAME_BYTES = 384

/** Those of which a relay does something; each has a test. */
const SUPPORTED_NIPS = [1, 2, 9, 11, 13, 17, 40, 42, 45, 50, 59, 62, 65, 67, 70, 77, 86, 98]

export function createInformation({ terms, owner, version }: InformationParts): Information {
  return isReader => {
    const { name, description, icon, authRequired, restrictedWrites, minPowDifficulty, guestEventBytes } = terms()
    const isGuest = !isReader && guestEventBytes !== undefined
    const pubkey = owner()
    return {
      name: name ?? 'nostrp2p',
      description: description ?? describe(authRequired),
      ...(icon !== undefined && { icon }),
      // Any web page can ask a node of its visitor's machine: whose it is must not be told to all of them.
      ...(pubkey !== undefined && (isReader || !authRequired) && { pubkey }),
      supported_nips: SUPPORTED_NIPS,
      software: SOFTWARE,
      version,
      limitation: {
        max_message_length: RELAY_LIMITS.maxMessageBytes,
        max_subscriptions: RELAY_LIMITS.maxSubscriptions,
        max_filters: RELAY_LIMITS.maxFilters,
        max_limit: RELAY_LIMITS.maxLimit,
        default_limit: RELAY_LIMITS.defaultLimit,
        max_subid_length: RELAY_LIMITS.maxIdChars,
        max_event_tags: MAX_TAGS,
        max_content_length: isGuest ? Math.min(guestEventBytes - FRAME_BYTES, MAX_EVENT_BYTES) : MAX_EVENT_BYTES,
        min_pow_difficulty: minPowDifficulty,
        auth_required: authRequired && !isReader,
        payment_required: false,
        restricted_writes: restrictedWrites,
        created_at_upper_limit: MAX_FUTURE_SECONDS,
      },
    }
  }
}

function describe(authRequired: boolean): string {
  return authRequired
    ? 'A node of its owner in a peer-to-peer network.'
    : 'A node in a peer-to-peer network, open to all.'
}
