/** An owner's client through all of it: publishes and tries again until it hears an answer, and pulls by cursor. */
import { setTimeout as pause } from 'node:timers/promises'
import type { NostrEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { bind } from '../support/bindings.ts'
import { signNow } from '../support/node-client.ts'
import { createRestClient } from '../support/rest-client.ts'
import type { Publication, Sight } from './history.ts'

export interface OwnerClient {
  readonly keys: KeyPair
  readonly sights: readonly Sight[]
  /** Signs and publishes, again and again while no answer comes, until `over`. */
  publish(
    draft: Draft,
    publication: Pick<Publication, 'action' | 'node' | 'audience'>,
    over: AbortSignal,
  ): Promise<void>
  /** Signs that the node is its owner's. */
  bind(publication: Pick<Publication, 'action' | 'node'>): Promise<void>
  /** Whether the node shows this event of its owner. */
  shows(id: string): Promise<boolean>
  /** Pulls until the signal, over and over, by the cursor of the last pull. */
  follow(over: AbortSignal): Promise<void>
  /** Pulls what there is. */
  catchUp(): Promise<void>
  /** All that the node holds, in receive order. */
  holdings(): Promise<readonly NostrEvent[]>
  knownNodes(): Promise<number>
  /** Whether another node of the owner is connected, and proven. */
  provesOwn(): Promise<boolean>
  /** Deliveries that the node will try again: event, and npub of the recipient. */
  waiting(): Promise<readonly { readonly event: string; readonly to: string }[]>
}

export type Draft = Pick<NostrEvent, 'kind' | 'tags' | 'content'>

const PULL_EVERY_MS = 250
const AGAIN_MS = 500
const PATIENCE_MS = 5_000
/** Of another store, so the node begins at its beginning (specification/rest-api.md, R4.4). */
const FROM_THE_BEGINNING = 'A'.repeat(20)

/** @param nowMs since the beginning of the run */
export function createOwnerClient(
  keys: KeyPair,
  origin: string,
  publications: Publication[],
  nowMs: () => number,
): OwnerClient {
  const rest = createRestClient(origin, undefined, (url, init) =>
    fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }),
  )
  const sights: Sight[] = []
  let cursor = FROM_THE_BEGINNING

  async function catchUp(): Promise<void> {
    for (let more = true; more; ) {
      const page = await rest.pull({ cursor })
      for (const { id } of page.events) sights.push({ id, atMs: nowMs() })
      cursor = page.cursor ?? cursor
      more = page.more
    }
  }

  /** One try: whether there was an answer. */
  async function send(publication: Publication, isFirst: boolean): Promise<boolean> {
    publication.sentMs = nowMs()
    try {
      const { status } = await rest.publish(publication.event)
      publication.ackedMs = nowMs()
      // What an unanswered try has stored already may be refused now, by a clock that has changed.
      if (status === 200) publication.outcome = 'acked'
      else if (isFirst) publication.outcome = 'refused'
      return true
    } catch {
      return false
    }
  }

  return {
    keys,
    sights,
    catchUp,
    async publish(draft, { action, node, audience }, over) {
      // Two likes of one post in one second would be one event, signed in two ways.
      const event = signNow(keys, { ...draft, tags: [...draft.tags, ['action', `${action}`]] })
      const atMs = nowMs()
      const publication: Publication = {
        ...{ action, event, node, audience },
        ...{ outcome: 'unknown', firstMs: atMs, sentMs: atMs, ackedMs: atMs },
      }
      publications.push(publication)
      for (let tries = 0; !(await send(publication, tries === 0)) && !over.aborted; tries++) await pause(AGAIN_MS)
    },
    async bind({ action, node }) {
      const atMs = nowMs()
      const event = await bind({ client: rest, owner: keys })
      const times = { firstMs: atMs, sentMs: atMs, ackedMs: nowMs() }
      publications.push({ action, event, node, audience: 'asking', outcome: 'acked', ...times })
    },
    async shows(id) {
      try {
        return (await rest.req({ ids: [id] })).length > 0
      } catch {
        return false
      }
    },
    async follow(over) {
      while (!over.aborted) {
        await catchUp().catch(() => {})
        await pause(PULL_EVERY_MS)
      }
    },
    async holdings() {
      const all: NostrEvent[] = []
      for (let page = await rest.pull({ cursor: FROM_THE_BEGINNING }); ; ) {
        all.push(...page.events)
        if (!page.more) return all
        page = await rest.pull({ cursor: page.cursor! })
      }
    },
    async waiting() {
      const { deliveries } = (await rest.status()).outbox
      return deliveries.filter(({ state, nextTry }) => state === 'waiting' && nextTry !== null)
    },
    knownNodes: async () => (await rest.status()).knownNodes,
    async provesOwn() {
      const { owner, peers } = await rest.status()
      return peers.some(peer => peer.proven && peer.owner === owner)
    },
  }
}
