/** How it stands with the binding of this node, and the event that the owner's client has to sign next. */
import { bindingName, bindingTemplate, MAX_BINDING_SECONDS, RENEWAL_SECONDS } from '../event/binding.ts'
import { expirationOf, type NostrEvent } from '../event/event.ts'
import { npubOf } from '../event/keys.ts'
import { KIND } from '../event/kinds.ts'
import { MAX_FUTURE_SECONDS } from '../event/limits.ts'
import { type Clock, nowSeconds } from '../observe/clock.ts'
import type { EventStore } from '../store/store.ts'
import type { BindingReport, BindingState, BindingStatus } from '../wire/binding-report.ts'
import type { Identity } from './identity.ts'

export interface BindingReader {
  status(): BindingStatus
  report(): BindingReport
}

export interface BindingReaderParts {
  readonly node: string
  readonly identity: Pick<Identity, 'owner' | 'binding'>
  readonly events: Pick<EventStore, 'newest' | 'isDeleted'>
  readonly clock: Clock
}

const ADVICE: Readonly<Record<BindingState, string>> = {
  none: 'No signature of the owner counts for this node: none was made yet, or it has ended. Others have only its word for whose it is. Run "nostrp2p bind" on a machine that has your secret key, or sign in your client.',
  valid: 'The owner has signed for this node. Nobody else can get what is addressed to the owner.',
  'expires-soon':
    'The signature for this node ends soon. Run "nostrp2p bind" on a machine that has your secret key, or sign in your client.',
  withdrawn:
    'The owner has withdrawn this node: it gets nothing that is addressed to the owner. To take it back, run "nostrp2p bind" or sign in your client.',
}

export function createBindingReader({ node, identity, events, clock }: BindingReaderParts): BindingReader {
  /** A binding of this node with this date; only what decides whether it was deleted. */
  function versionOf(
    owner: string,
    created_at: number,
  ): Pick<NostrEvent, 'id' | 'pubkey' | 'kind' | 'tags' | 'created_at'> {
    return { id: '0'.repeat(64), pubkey: owner, kind: KIND.appData, tags: [['d', bindingName(node)]], created_at }
  }

  function stateOf(owner: string | undefined, binding: NostrEvent | undefined): BindingState {
    if (binding !== undefined) {
      return expirationOf(binding)! <= nowSeconds(clock) + RENEWAL_SECONDS ? 'expires-soon' : 'valid'
    }
    return owner !== undefined && events.isDeleted(versionOf(owner, 0)) ? 'withdrawn' : 'none'
  }

  function status(): BindingStatus {
    const binding = identity.binding()
    const state = stateOf(identity.owner(), binding)
    const expires = binding === undefined ? null : new Date(expirationOf(binding)! * 1000).toISOString()
    return { state, expires, advice: ADVICE[state] }
  }

  /** The next binding must be later than the present one and than a withdrawal, or it would change nothing. */
  function nextDate(owner: string | undefined): number {
    const now = nowSeconds(clock)
    if (owner === undefined) return now
    const held = events.newest(owner, KIND.appData, bindingName(node))?.event
    let date = Math.max(now, (held?.created_at ?? 0) + 1)
    while (date < now + MAX_FUTURE_SECONDS && events.isDeleted(versionOf(owner, date))) date++
    return date
  }

  return {
    status,
    report() {
      const owner = identity.owner()
      return {
        owner: owner === undefined ? null : npubOf(owner),
        node,
        ...status(),
        event: bindingTemplate(node, nextDate(owner)),
      }
    },
  }
}

/** Days that a new binding may count. */
export const MAX_BINDING_DAYS = MAX_BINDING_SECONDS / (24 * 3600)
