/** One recorded exchange: read, sent again over a socket of its own, and the answer in a form to compare. */
import { readFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { unpack } from 'msgpackr'
import { hexToBytes } from '../../src/event/hex.ts'
import { type KeyPair, keyPairFrom } from '../../src/event/keys.ts'

export interface Exchange {
  readonly no: number
  readonly name: string
  readonly node: string
  readonly note: string | null
  readonly request: {
    readonly method: string
    readonly path: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body?: string | null
    readonly bodyGenerated?: string
  }
  readonly response: {
    readonly status: number
    readonly headers: readonly (readonly [string, string])[]
    readonly bodyHex?: string
    readonly decoded?: unknown
  }
}

/** An event of a pull body, its byte strings as hex and its tags as text. */
export interface PulledEvent {
  readonly id: string
  readonly pubkey: string
  readonly createdAt: number
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
  readonly content: string
}

export interface Answer {
  readonly status: number
  header(name: string): string | undefined
  /** Unpacked, if it was gzip. */
  readonly body: Buffer
  readonly wasGzip: boolean
}

const FILE = new URL('../fixtures/exchanges.jsonl', import.meta.url)

export function readExchanges(): Exchange[] {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line) as Exchange)
}

function person(byte: string): KeyPair {
  return keyPairFrom(hexToBytes(byte.repeat(32)))
}

/** The people of the recording. */
export const PEOPLE: Readonly<Record<'A' | 'B' | 'C' | 'D' | 'X', KeyPair>> = {
  A: person('01'),
  B: person('02'),
  C: person('03'),
  D: person('04'),
  X: person('09'),
}

/** Sends the request to the node at `origin`, every header as recorded but the host and the length of another body. */
export function send(exchange: Exchange, origin: string, body: string | undefined): Promise<Answer> {
  const { method, path, headers } = exchange.request
  const { host, hostname, port } = new URL(origin)
  const length = Buffer.byteLength(body ?? '')
  const own = new Map([
    ['host', host],
    ['content-length', String(length)],
  ])
  const sent = headers.flatMap(([name, value]) => [name, own.get(name.toLowerCase()) ?? value])
  if (length > 0 && !headers.some(([name]) => name.toLowerCase() === 'content-length')) {
    sent.push('Content-Length', String(length))
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ method, hostname, port, path, headers: sent, agent: false }, answer => {
      collect(answer).then(resolve, reject)
    })
    request.once('error', reject)
    request.end(body ?? '')
  })
}

async function collect(answer: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece as Buffer)
  const raw = Buffer.concat(pieces)
  const wasGzip = raw[0] === 0x1f && raw[1] === 0x8b
  return {
    status: answer.statusCode ?? 0,
    header: name => answer.headers[name.toLowerCase()]?.toString(),
    body: wasGzip ? gunzipSync(raw) : raw,
    wasGzip,
  }
}

/** The events of a pull body, read by a MessagePack library of others, as the phone client reads them. */
export function pulledEvents(body: Buffer): PulledEvent[] {
  const { Evts } = unpack(body) as { Evts: Record<string, unknown>[] }
  return Evts.map(event => ({
    id: hex(event.Id),
    pubkey: hex(event.Pubkey),
    createdAt: Number(event.Created_at),
    kind: Number(event.Kind),
    tags: (event.Tags as Buffer[][]).map(tag => tag.map(element => element.toString('utf8'))),
    content: String(event.Content),
  }))
}

function hex(bytes: unknown): string {
  if (!Buffer.isBuffer(bytes)) throw new Error('not a byte string')
  return bytes.toString('hex')
}

/** The events that the original answered; undefined where its answer was none, or was left out of the recording. */
export function recordedEvents({ response }: Exchange): PulledEvent[] | undefined {
  const evts = (response.decoded as { Evts?: Record<string, unknown>[] } | null | undefined)?.Evts
  if (!Array.isArray(evts)) return undefined
  return evts.map(event => ({
    id: unprefixed(event.Id),
    pubkey: unprefixed(event.Pubkey),
    createdAt: Number(event.Created_at),
    kind: Number(event.Kind),
    tags: (event.Tags as string[][]).map(tag => tag.map(element => fromHex(element))),
    content: String(event.Content),
  }))
}

function unprefixed(text: unknown): string {
  return String(text).replace(/^hex:/, '')
}

function fromHex(text: string): string {
  return Buffer.from(unprefixed(text), 'hex').toString('utf8')
}

/** The recorded JSON answer: `{"Status": …}` or `{"Error": …}`. */
export function recordedJson({ response }: Exchange): { Status?: string; Error?: string } | undefined {
  if (typeof response.decoded !== 'string' || !response.decoded.startsWith('{')) return undefined
  return JSON.parse(response.decoded) as { Status?: string; Error?: string }
}
