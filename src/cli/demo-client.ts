/** A person's client in the demo: signs, posts to its own node over REST, and pulls, as a phone would. */
import { Unpackr } from 'msgpackr'
import type { NostrEvent, Tag } from '../event/event.ts'
import { bytesToHex } from '../event/hex.ts'
import type { KeyPair } from '../event/keys.ts'
import { KIND } from '../event/kinds.ts'
import { signEvent } from '../event/sign.ts'

const REQUEST_MS = 5_000
const PULL_LIMIT = 100
/** The kind by which a client asks for everything new (specification/rest-api.md, "Pull"). */
const PULL_KIND = 40_000

export interface DemoClient {
  /** Signs and hands the event to the own node; throws when the node does not take it. */
  publish(draft: { kind: number; tags?: readonly Tag[]; content?: string }): Promise<NostrEvent>
  /** What is new since the last pull, oldest first. */
  pull(): Promise<NostrEvent[]>
}

/** @param clientUrl the complete client URL of the own node, with its token */
export function createDemoClient(keys: KeyPair, clientUrl: () => string): DemoClient {
  const seen = new Set<string>()
  return {
    async publish({ kind, tags = [], content = '' }) {
      const event = signEvent({ kind, tags, content, created_at: Math.floor(Date.now() / 1000) }, keys.secretKey)
      const response = await post(`${clientUrl()}/publish`, event)
      if (response.ok) return event
      throw new Error(`the node refused an event: ${await response.text()}`)
    },
    async pull() {
      const response = await post(`${clientUrl()}/req`, { kinds: [PULL_KIND], since: -1, until: -1, limit: PULL_LIMIT })
      if (!response.ok) throw new Error(`the node refused a pull: ${await response.text()}`)
      const events = readPull(new Uint8Array(await response.arrayBuffer())).filter(event => !seen.has(event.id))
      for (const event of events) seen.add(event.id)
      return events
    },
  }
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_MS),
  })
}

interface PullBody {
  readonly Evts: readonly {
    readonly Id: Uint8Array
    readonly Pubkey: Uint8Array
    readonly Created_at: number
    readonly Kind: number
    readonly Tags: readonly (readonly Uint8Array[])[]
    readonly Content: string
    readonly Sig: Uint8Array
  }[]
}

const unpackr = new Unpackr({ useRecords: false })

/** The body comes from a node of this very process, so its shape is taken on trust. */
function readPull(bytes: Uint8Array): NostrEvent[] {
  const { Evts }: PullBody = unpackr.unpack(bytes)
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

/** Drafts of what the people in the demo publish. */
export const draft = {
  profile: (name: string, about: string) => ({ kind: KIND.profile, content: JSON.stringify({ name, about }) }),
  post: (content: string) => ({ kind: KIND.post, content }),
  follows: (pubkeys: readonly string[]) => ({ kind: KIND.follows, tags: pubkeys.map(pubkey => ['p', pubkey]) }),
  like: (post: NostrEvent) => ({ kind: KIND.reaction, content: '+', tags: pointTo(post) }),
  reply: (post: NostrEvent, content: string) => ({
    kind: KIND.post,
    content,
    tags: [
      ['e', post.id, '', 'root'],
      ['p', post.pubkey],
    ],
  }),
  repost: (post: NostrEvent) => ({ kind: KIND.repost, content: JSON.stringify(post), tags: pointTo(post) }),
}

function pointTo(post: NostrEvent): Tag[] {
  return [
    ['e', post.id],
    ['p', post.pubkey],
  ]
}
