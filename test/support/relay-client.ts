/** A Nostr client as a test plays it: one WebSocket, every message kept in the order in which it came. */
import { WebSocket } from 'ws'
import type { NostrEvent, VerifiedEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import type { CleanUp } from './clean-up.ts'
import { signNow } from './node-client.ts'
import { until } from './until.ts'

export type RelayMessage = readonly [string, ...unknown[]]

export interface RelayClient {
  readonly socket: WebSocket
  /** All messages so far. */
  readonly messages: readonly RelayMessage[]
  send(...message: readonly unknown[]): void
  sendText(text: string): void
  /** The first message that fits, now or later. */
  gets(what: string, fits: (message: RelayMessage) => boolean): Promise<RelayMessage>
  /** The answer to this event: whether it was taken, and the text. */
  publish(event: NostrEvent): Promise<{ readonly ok: boolean; readonly text: string }>
  /** Opens a subscription and waits for EOSE; the stored events in the order in which they came. Throws the CLOSED text. */
  subscribe(id: string, ...filters: readonly object[]): Promise<NostrEvent[]>
  /** Ids of the events that a subscription got, stored and live, in order. */
  idsOf(id: string): string[]
  count(...filters: readonly object[]): Promise<number>
  /** Signs for the challenge that came, or comes, and sends it. */
  authenticate(keys: KeyPair, relay: string): Promise<{ readonly ok: boolean; readonly text: string }>
  /** Everything sent so far was looked at, and what was told before then is here. */
  settled(): Promise<void>
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  close(): void
}

export interface RelayClientOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly perMessageDeflate?: boolean
  /** A certificate to trust, PEM. */
  readonly ca?: string
}

/** Headers that make a client of this machine a stranger: it came through a proxy. */
export const FROM_ELSEWHERE = { 'x-forwarded-for': '203.0.113.7' }

export async function connectRelay(
  cleanUp: CleanUp,
  origin: string,
  { headers = {}, perMessageDeflate = false, ca }: RelayClientOptions = {},
): Promise<RelayClient> {
  const socket = new WebSocket(origin.replace(/^http/, 'ws'), { headers, perMessageDeflate, ...(ca && { ca }) })
  const messages: RelayMessage[] = []
  const told = new EventTarget()
  socket.on('message', data => {
    messages.push(JSON.parse(String(data)) as RelayMessage)
    told.dispatchEvent(new Event('message'))
  })
  const closed = new Promise<{ code: number; reason: string }>(resolve => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  cleanUp.add(() => socket.terminate())
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {})
  let asked = 0

  const client: RelayClient = {
    socket,
    messages,
    closed,
    send: (...message) => socket.send(JSON.stringify(message)),
    sendText: text => socket.send(text),
    gets: (what, fits) => until(`${what} (so far: ${JSON.stringify(messages).slice(-500)})`, () => messages.find(fits)),
    async publish(event) {
      const before = messages.length
      client.send('EVENT', event)
      return answerOf(event, before)
    },
    async subscribe(id, ...filters) {
      const before = messages.length
      client.send('REQ', id, ...filters)
      const end = await client.gets(
        `the end of ${id}`,
        message => messages.indexOf(message) >= before && ['EOSE', 'CLOSED'].includes(message[0]) && message[1] === id,
      )
      if (end[0] === 'CLOSED') throw new Error(String(end[2]))
      return messages
        .slice(before, messages.indexOf(end))
        .filter(message => message[0] === 'EVENT' && message[1] === id)
        .map(message => message[2] as NostrEvent)
    },
    idsOf: id =>
      messages
        .filter(message => message[0] === 'EVENT' && message[1] === id)
        .map(message => (message[2] as NostrEvent).id),
    async count(...filters) {
      const id = `count ${asked++}`
      client.send('COUNT', id, ...filters)
      const answer = await client.gets(
        'a count',
        message => ['COUNT', 'CLOSED'].includes(message[0]) && message[1] === id,
      )
      if (answer[0] === 'CLOSED') throw new Error(String(answer[2]))
      return (answer[2] as { count: number }).count
    },
    async authenticate(keys, relay) {
      const challenge = await client.gets('a challenge', ([type]) => type === 'AUTH')
      const event = authEvent(keys, relay, String(challenge[1]))
      const before = messages.length
      client.send('AUTH', event)
      return answerOf(event, before)
    },
    async settled() {
      await client.subscribe(`settled ${asked++}`, { ids: ['0'.repeat(64)], limit: 1 }).catch(() => {})
    },
    close: () => socket.close(),
  }

  async function answerOf({ id }: Pick<NostrEvent, 'id'>, before: number) {
    const answer = await client.gets(
      `the answer to ${id}`,
      message => message[0] === 'OK' && message[1] === id && messages.indexOf(message) >= before,
    )
    return { ok: answer[2] === true, text: String(answer[3]) }
  }
  return client
}

export function authEvent(keys: KeyPair, relay: string, challenge: string): VerifiedEvent {
  return signNow(keys, {
    kind: 22242,
    tags: [
      ['relay', relay],
      ['challenge', challenge],
    ],
  }) as VerifiedEvent
}
