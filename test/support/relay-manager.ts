/** The owner at the relay's management (NIP-86), signing each call by NIP-98. */
import { createHash } from 'node:crypto'
import type { KeyPair } from '../../src/event/keys.ts'
import { signNow } from './node-client.ts'
import type { TestNode } from './test-node.ts'

export interface CallOptions {
  /** Instead of what NIP-98 asks for. */
  readonly tags?: readonly (readonly string[])[]
  readonly createdAt?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent instead of the call. */
  readonly body?: string
  readonly path?: string
}

export interface Answer {
  readonly status: number
  readonly result?: unknown
  readonly error?: string
}

export const RPC_TYPE = 'application/nostr+json+rpc'

export function proofOf(keys: KeyPair, tags: readonly (readonly string[])[], createdAt?: number): string {
  const event = signNow(keys, {
    kind: 27_235,
    tags: tags.map(tag => [...tag]),
    ...(createdAt !== undefined && { created_at: createdAt }),
  })
  return `Nostr ${Buffer.from(JSON.stringify(event)).toString('base64')}`
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

let calls = 0

/** One call; a number that nobody looks at keeps two of one second apart, for a proof counts once. */
export async function manage(
  { node }: Pick<TestNode, 'node'>,
  keys: KeyPair,
  method: string,
  params: readonly unknown[] = [],
  options: CallOptions = {},
): Promise<Answer> {
  const body = options.body ?? JSON.stringify({ method, params, id: ++calls })
  const url = `${node.clientOrigin}${options.path ?? '/'}`
  const tags = options.tags ?? [
    ['u', url],
    ['method', 'POST'],
    ['payload', sha256(body)],
  ]
  const headers = {
    'Content-Type': RPC_TYPE,
    Authorization: proofOf(keys, tags, options.createdAt),
    ...options.headers,
  }
  const response = await fetch(url, { method: 'POST', headers, body })
  return { status: response.status, ...((await response.json()) as object) }
}

/** The owner lists these keys. */
export async function listPubkeys(node: Pick<TestNode, 'node'>, owner: KeyPair, pubkeys: readonly string[]) {
  for (const pubkey of pubkeys) {
    const { result, error } = await manage(node, owner, 'allowpubkey', [pubkey])
    if (result !== true) throw new Error(`allowpubkey: ${error}`)
  }
}
