/** A real NIP-46 signer, as a phone app is one: it has the person's key and waits at a relay. */
import { decrypt, encrypt, getConversationKey } from 'nostr-tools/nip44'
import { SimplePool } from 'nostr-tools/pool'
import type { EventTemplate } from '../../../src/event/event.ts'
import { generateKeyPair, type KeyPair } from '../../../src/event/keys.ts'
import { signEvent } from '../../../src/event/sign.ts'
import type { CleanUp } from '../../support/clean-up.ts'

const NOSTR_CONNECT = 24_133

export interface Bunker {
  /** `bunker://…` to be typed into a page. */
  readonly url: string
  /** What was asked of it, in order. */
  readonly asked: readonly string[]
  /** Takes the invitation of a page: what scanning its code does. */
  scan(uri: string): Promise<void>
}

export interface BunkerOptions {
  /** Whose key it has. */
  readonly person: KeyPair
  readonly relay: string
  /** Who really signs; the person unless told otherwise. */
  readonly signsAs?: KeyPair
  /** What it refuses. */
  readonly refuses?: string
  /** What it never answers. */
  readonly ignores?: string
}

export async function startBunker(cleanUp: CleanUp, options: BunkerOptions): Promise<Bunker> {
  const { person, relay, signsAs = person, refuses, ignores } = options
  const own = generateKeyPair()
  const secret = 'a-secret-of-the-bunker'
  const asked: string[] = []
  const pool = new SimplePool()
  cleanUp.add(() => pool.destroy())

  async function send(to: string, message: object): Promise<void> {
    const content = encrypt(JSON.stringify(message), getConversationKey(own.secretKey, to))
    const created_at = Math.floor(Date.now() / 1000)
    const event = signEvent({ kind: NOSTR_CONNECT, created_at, tags: [['p', to]], content }, own.secretKey)
    const sent = pool.publish([relay], { ...event, tags: event.tags.map(tag => [...tag]) })
    // A test may end before the relay has said that it has it.
    await Promise.allSettled(sent)
  }

  function answerTo(method: string, params: readonly string[]): string {
    const toSelf = getConversationKey(person.secretKey, person.pubkey)
    if (method === 'connect') {
      if (params[1] !== secret) throw new Error('wrong secret')
      return 'ack'
    }
    if (method === 'get_public_key') return person.pubkey
    if (method === 'sign_event') {
      return JSON.stringify(signEvent(JSON.parse(params[0]!) as EventTemplate, signsAs.secretKey))
    }
    if (method === 'nip44_encrypt') return encrypt(params[1]!, toSelf)
    if (method === 'nip44_decrypt') return decrypt(params[1]!, toSelf)
    throw new Error(`no such method: ${method}`)
  }

  await new Promise<void>(resolve => {
    const filter = { kinds: [NOSTR_CONNECT], '#p': [own.pubkey], limit: 0 }
    pool.subscribe([relay], filter, {
      oneose: resolve,
      onevent({ pubkey, content }) {
        const question = JSON.parse(decrypt(content, getConversationKey(own.secretKey, pubkey)))
        const { id, method, params } = question as { id: string; method: string; params: string[] }
        asked.push(method)
        if (method === ignores) return
        if (method === refuses) void send(pubkey, { id, result: '', error: 'the person said no' })
        else void send(pubkey, { id, result: answerTo(method, params) })
      },
    })
  })

  return {
    url: `bunker://${own.pubkey}?relay=${encodeURIComponent(relay)}&secret=${secret}`,
    asked,
    async scan(uri) {
      const parameters = new URL(uri).searchParams
      await send(/^nostrconnect:\/\/([0-9a-f]{64})/.exec(uri)![1]!, {
        id: 'scanned',
        result: parameters.get('secret'),
      })
    },
  }
}
