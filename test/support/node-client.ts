/** A person's client as a test plays it: signs, publishes and pulls over REST, and knows nothing else of the node. */
import { unpack } from 'msgpackr'
import type { EventTemplate, NostrEvent } from '../../src/event/event.ts'
import { bytesToHex } from '../../src/event/hex.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { signEvent } from '../../src/event/sign.ts'
import type { NodeStatus } from '../../src/flow/status.ts'
import { until } from './until.ts'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface NodeClient {
  readonly keys: KeyPair
  /** Signs with the time of now and publishes. Throws unless the node takes it. */
  publish(draft: Partial<EventTemplate>): Promise<NostrEvent>
  /** Publishes what is already signed, whatever comes of it. */
  tryPublish(event: NostrEvent): Promise<Answer>
  /** Events that match a filter of `/req`. Throws unless the node answers it. */
  ask(filter: Readonly<Record<string, unknown>>): Promise<NostrEvent[]>
  /** Goes on pulling where the last pull ended (by the cursor), and returns everything pulled so far, in order. */
  pull(): Promise<readonly NostrEvent[]>
  /** Pulls until this event has come. */
  gets(event: Pick<NostrEvent, 'id'>, patienceMs?: number): Promise<NostrEvent>
  status(): Promise<NodeStatus>
}

const REQUEST_MS = 10_000
const PULL_KIND = 40_000

/** @param baseUrl origin, or the client URL with its token */
export function createNodeClient(keys: KeyPair, baseUrl: () => string, request: typeof fetch = fetch): NodeClient {
  const pulled = new Map<string, NostrEvent>()
  let cursor: string | undefined

  const post = (path: string, body: unknown) =>
    request(`${baseUrl()}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_MS),
    })

  async function query(filter: Readonly<Record<string, unknown>>): Promise<{ events: NostrEvent[]; headers: Headers }> {
    const response = await post('/req', filter)
    if (response.status !== 200) throw new Error(`/req was answered with ${response.status}: ${await response.text()}`)
    return { events: readPull(new Uint8Array(await response.arrayBuffer())), headers: response.headers }
  }

  const client: NodeClient = {
    keys,
    async publish(draft) {
      const event = signNow(keys, draft)
      const { status, body } = await client.tryPublish(event)
      if (status !== 200) throw new Error(`/publish was answered with ${status}: ${JSON.stringify(body)}`)
      return event
    },
    async tryPublish(event) {
      const response = await post('/publish', event)
      return { status: response.status, body: (await response.json()) as Answer['body'] }
    },
    ask: async filter => (await query(filter)).events,
    async pull() {
      for (let more = true; more; ) {
        const { events, headers } = await query({
          kinds: [PULL_KIND],
          ...(cursor === undefined ? { since: 0 } : { cursor }),
        })
        for (const event of events) {
          if (pulled.has(event.id)) throw new Error(`event ${event.id} came twice`)
          pulled.set(event.id, event)
        }
        cursor = headers.get('nostrp2p-cursor') ?? undefined
        more = headers.get('nostrp2p-more') === '1'
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
    async status() {
      const response = await request(`${baseUrl()}/status`, { signal: AbortSignal.timeout(REQUEST_MS) })
      if (response.status !== 200) throw new Error(`/status was answered with ${response.status}`)
      return (await response.json()) as NodeStatus
    },
  }
  return client
}

/** Signs with the time of now, unless the draft has its own. */
export function signNow(keys: KeyPair, draft: Partial<EventTemplate>): NostrEvent {
  const filled = { kind: 1, created_at: Math.floor(Date.now() / 1000), tags: [], content: '', ...draft }
  return signEvent(filled, keys.secretKey)
}

interface PulledEvent {
  readonly Id: Uint8Array
  readonly Pubkey: Uint8Array
  readonly Created_at: number
  readonly Kind: number
  readonly Tags: readonly (readonly Uint8Array[])[]
  readonly Content: string
  readonly Sig: Uint8Array
}

function readPull(bytes: Uint8Array): NostrEvent[] {
  const { Evts } = unpack(bytes) as { Evts: readonly PulledEvent[] }
  const text = (element: Uint8Array) => Buffer.from(element).toString('utf8')
  return Evts.map(({ Id, Pubkey, Created_at, Kind, Tags, Content, Sig }) => ({
    id: bytesToHex(Id),
    pubkey: bytesToHex(Pubkey),
    created_at: Created_at,
    kind: Kind,
    tags: Tags.map(tag => tag.map(text)),
    content: Content,
    sig: bytesToHex(Sig),
  }))
}
