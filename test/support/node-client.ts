/** A person's client as a test plays it: signs, publishes and pulls over REST, and knows nothing else of the node. */
import type { EventTemplate, NostrEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { signEvent } from '../../src/event/sign.ts'
import type { NodeStatus } from '../../src/wire/node-status.ts'
import { createRestClient, type PublishAnswer } from './rest-client.ts'
import { until } from './until.ts'

export interface NodeClient {
  readonly keys: KeyPair
  /** Signs with the time of now and publishes. Throws unless the node takes it. */
  publish(draft: Partial<EventTemplate>): Promise<NostrEvent>
  /** Publishes what is already signed, whatever comes of it. */
  tryPublish(event: NostrEvent): Promise<PublishAnswer>
  /** Events that match a filter of `/req`. Throws unless the node answers it. */
  ask(filter: Readonly<Record<string, unknown>>): Promise<NostrEvent[]>
  /** Goes on pulling where the last pull ended (by the cursor), and returns everything pulled so far, in order. */
  pull(): Promise<readonly NostrEvent[]>
  /** Pulls until this event has come. */
  gets(event: Pick<NostrEvent, 'id'>, patienceMs?: number): Promise<NostrEvent>
  status(): Promise<NodeStatus>
}

/** @param url origin, or the client URL with its token */
export function createNodeClient(keys: KeyPair, url: string, request?: typeof fetch): NodeClient {
  const rest = createRestClient(url, undefined, request)
  const pulled = new Map<string, NostrEvent>()
  let cursor: string | undefined

  const client: NodeClient = {
    keys,
    tryPublish: rest.publish,
    ask: async filter => [...(await rest.req(filter))],
    status: rest.status,
    async publish(draft) {
      const event = signNow(keys, draft)
      const { status, body } = await rest.publish(event)
      if (status !== 200) throw new Error(`/publish was answered with ${status}: ${JSON.stringify(body)}`)
      return event
    },
    async pull() {
      for (let more = true; more; ) {
        const page = await rest.pull(cursor === undefined ? { since: 0 } : { cursor })
        for (const event of page.events) {
          if (pulled.has(event.id)) throw new Error(`event ${event.id} came twice`)
          pulled.set(event.id, event)
        }
        cursor = page.cursor
        more = page.more
      }
      return [...pulled.values()]
    },
    gets: ({ id }, patienceMs) =>
      until(
        `the pull of event ${id}`,
        async () => {
          await client.pull()
          return pulled.get(id)
        },
        patienceMs,
      ),
  }
  return client
}

/** Signs with the time of now, unless the draft has its own. */
export function signNow(keys: KeyPair, draft: Partial<EventTemplate>): NostrEvent {
  const filled = { kind: 1, created_at: Math.floor(Date.now() / 1000), tags: [], content: '', ...draft }
  return signEvent(filled, keys.secretKey)
}
