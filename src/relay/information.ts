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
  }
  /** The owner's public key; undefined while the node is unclaimed. */
  readonly owner: () => string | undefined
  readonly version: string
}

/** @param isReader whether who asks may read this node */
export type Information = (isReader: boolean) => Readonly<Record<string, unknown>>

/** Those of which a relay does something; each has a test. */
const SUPPORTED_NIPS = [1, 2, 9, 11, 13, 17, 40, 42, 45, 50, 59, 62, 65, 67, 70, 77, 86, 98]

export function createInformation({ terms, owner, version }: InformationParts): Information {
  return isReader => {
    const { name, description, icon, authRequired, restrictedWrites, minPowDifficulty } = terms()
    const pubkey = owner()
    return {
      name: name ?? 'nostrp2p',
      description: description ?? describe(authRequired),
      ...(icon !== undefined && { icon }),
      // Any web page can ask a node of its visitor's machine: whose it is must not be told to all of them.
      ...(pubkey !== undefined && (isReader || !authRequired) && { pubkey }),
      supported_nips: SUPPORTED_NIPS,
      version: `nostrp2p ${version}`,
      limitation: {
        max_message_length: RELAY_LIMITS.maxMessageBytes,
        max_subscriptions: RELAY_LIMITS.maxSubscriptions,
        max_filters: RELAY_LIMITS.maxFilters,
        max_limit: RELAY_LIMITS.maxLimit,
        default_limit: RELAY_LIMITS.defaultLimit,
        max_subid_length: RELAY_LIMITS.maxIdChars,
        max_event_tags: MAX_TAGS,
        max_content_length: MAX_EVENT_BYTES,
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
