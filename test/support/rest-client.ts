/** A client of a node's REST side, as the phone client speaks it: JSON in, MessagePack out (client contract). */
import { unpack } from 'msgpackr'
import type { NostrEvent } from '../../src/event/event.ts'
import { bytesToHex } from '../../src/event/hex.ts'
import type { NodeStatus } from '../../src/wire/node-status.ts'

/** The bounds of a pull; a cursor goes on where an earlier pull ended. */
export interface PullBounds {
  readonly since?: number
  readonly until?: number
  readonly limit?: number
  /** Null at the beginning, for a client that goes on with one. */
  readonly cursor?: string | null
}

export interface PulledPage {
  readonly events: readonly NostrEvent[]
  /** Given with every answer to a pull. */
  readonly cursor: string | undefined
  readonly more: boolean
  /** Which of the events came late; told to who sends a cursor. */
  readonly late: readonly NostrEvent[] | undefined
}

export interface PublishAnswer {
  readonly status: number
  /** `{Status: 'SUCCESS', …}`, or `{Error: '…'}`. */
  readonly body: Readonly<Record<string, unknown>>
}

export interface RestClient {
  publish(event: unknown): Promise<PublishAnswer>
  /** Everything new (kind 40000). Throws on any answer but 200, as `req` does. */
  pull(bounds?: PullBounds): Promise<PulledPage>
  /** Any other filter of NIP-01; `tags` as `#e`, `#p`. */
  req(filter: Readonly<Record<string, unknown>>): Promise<readonly NostrEvent[]>
  status(): Promise<NodeStatus>
  /** One raw request; a relative path. */
  send(path: string, init?: RequestInit): Promise<Response>
}

/** `Content-Type` as the phone client sends it. */
export const JSON_TYPE = 'application/json; charset=utf-8'
const PULL_KIND = 40_000

/**
 * @param origin of the client side; with a token it is used as a path prefix, as a phone elsewhere does
 * @param request stands in for `fetch`
 */
export function createRestClient(origin: string, token?: string, request: typeof fetch = fetch): RestClient {
  const base = token === undefined ? origin : `${origin}/k/${token}`

  function send(path: string, init: RequestInit = {}): Promise<Response> {
    return request(`${base}${path}`, init)
  }

  function post(path: string, body: unknown): Promise<Response> {
    return send(path, { method: 'POST', headers: { 'Content-Type': JSON_TYPE }, body: JSON.stringify(body) })
  }

  async function ask(filter: unknown): Promise<PulledPage> {
    const response = await post('/req', filter)
    if (response.status !== 200) throw new Error(`/req answered ${response.status}: ${await response.text()}`)
    const body = new Uint8Array(await response.arrayBuffer())
    const events = decodePullBody(body)
    const { Late: late } = unpack(body) as { Late?: number[] }
    return {
      events,
      late: late?.map(place => events[place]!),
      cursor: response.headers.get('nostrp2p-cursor') ?? undefined,
      more: response.headers.get('nostrp2p-more') === '1',
    }
  }

  return {
    send,
    async publish(event) {
      const response = await post('/publish', event)
      return { status: response.status, body: (await response.json()) as PublishAnswer['body'] }
    },
    pull: (bounds = {}) => ask({ kinds: [PULL_KIND], ...bounds }),
    req: async filter => (await ask(filter)).events,
    async status() {
      const response = await send('/status', { headers: { Accept: 'application/json' } })
      if (response.status !== 200) throw new Error(`/status answered ${response.status}`)
      return (await response.json()) as NodeStatus
    },
  }
}

/** `{Evts: […]}` → events of NIP-01. */
export function decodePullBody(body: Uint8Array): NostrEvent[] {
  const { Evts } = unpack(body) as { Evts: PulledEvent[] }
  return Evts.map(pulled => ({
    id: bytesToHex(pulled.Id),
    pubkey: bytesToHex(pulled.Pubkey),
    created_at: pulled.Created_at,
    kind: pulled.Kind,
    tags: pulled.Tags.map(tag => tag.map(element => Buffer.from(element).toString())),
    content: pulled.Content,
    sig: pulled.Sig === null ? '' : bytesToHex(pulled.Sig),
  }))
}

interface PulledEvent {
  readonly Id: Uint8Array
  readonly Pubkey: Uint8Array
  readonly Created_at: number
  readonly Kind: number
  readonly Tags: readonly (readonly Uint8Array[])[]
  readonly Content: string
  readonly Sig: Uint8Array | null
}
