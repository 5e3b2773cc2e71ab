/** A signer elsewhere (NIP-46): a phone app or a service, reached by addresses that it or the node gives. */
import { BunkerSigner, createNostrConnectURI } from 'nostr-tools/nip46'
import { SimplePool } from 'nostr-tools/pool'
import { bytesToHex, hexToBytes, isHex32 } from '../../event/hex.ts'
import { generateKeyPair } from '../../event/keys.ts'
import { attempt } from './attempt.ts'
import { checkSigned } from './checked.ts'
import { isSignerTrouble, type Signer, type SignerTrouble } from './signer.ts'

/** Where the signer is, and the key with which this page talks to it: what has to be kept to reach it again. */
export interface BunkerLink {
  /** The signer's own key, in hex; not always the key it signs with. */
  readonly pubkey: string
  readonly relays: readonly string[]
  /** Hex. Whoever has it can ask the signer for signatures until it is taken off its list. */
  readonly clientSecret: string
}

export interface OpenBunker {
  readonly signer: Signer
  readonly link: BunkerLink
}

/** What this page asks to be allowed; a signer that asks each time is as good. */
const PERMISSIONS = ['get_public_key', 'sign_event', 'nip44_encrypt', 'nip44_decrypt']
const MAX_RELAYS = 6
const NAME = 'nostrp2p'

/** `bunker://<key>?relay=…&secret=…`; undefined for anything else. Names (user@domain) would ask a third party. */
export function parseBunker(text: string): { pubkey: string; relays: string[]; secret: string | null } | undefined {
  const trimmed = text.trim()
  if (!/^bunker:\/\/[0-9a-f]{64}\?/i.test(trimmed) || !URL.canParse(trimmed)) return undefined
  const parameters = new URL(trimmed).searchParams
  const relays = parameters.getAll('relay').filter(isRelay).slice(0, MAX_RELAYS)
  if (relays.length === 0) return undefined
  return { pubkey: trimmed.slice(9, 73).toLowerCase(), relays, secret: parameters.get('secret') }
}

export function isRelay(url: string): boolean {
  return /^wss?:\/\//i.test(url) && URL.canParse(url)
}

export interface BunkerOptions {
  /** For each answer. */
  readonly timeoutMs?: number
  /** Told where the person has to agree first; an http(s) address. */
  readonly onAgree?: (url: string) => void
}

/** Introduces this page to the signer of a `bunker://` address. */
export async function openBunker(
  text: string,
  { timeoutMs, onAgree }: BunkerOptions = {},
): Promise<OpenBunker | SignerTrouble> {
  const pointer = parseBunker(text)
  if (pointer === undefined) return { signerTrouble: 'unable' }
  const { secretKey } = generateKeyPair()
  const onauth = (url: string) => {
    if (/^https?:\/\//i.test(url) && URL.canParse(url)) onAgree?.(url)
  }
  const pool = newPool()
  const bunker = await attempt(async () => BunkerSigner.fromBunker(secretKey, pointer, { pool, onauth }))
  if (isSignerTrouble(bunker)) return bunker
  const connected = await attempt(() => bunker.connect({ name: NAME }), timeoutMs)
  if (!isSignerTrouble(connected)) return introduced({ bunker, pool, timeoutMs }, secretKey)
  pool.destroy()
  return connected
}

export interface Invitation {
  /** `nostrconnect://…`, for a QR code. */
  readonly uri: string
  /** When a signer has taken it; undefined when it was cancelled. */
  readonly opened: Promise<OpenBunker | SignerTrouble | undefined>
  cancel(): void
}

/** How long a QR code waits to be scanned. */
const INVITATION_MS = 5 * 60_000

/** The other way round: a code that the signer's app scans. @param relay where both meet */
export function inviteSigner(relay: string, timeoutMs?: number): Invitation {
  const { secretKey, pubkey } = generateKeyPair()
  const uri = createNostrConnectURI({
    clientPubkey: pubkey,
    relays: [relay],
    secret: bytesToHex(crypto.getRandomValues(new Uint8Array(16))),
    perms: PERMISSIONS,
    name: NAME,
  })
  const pool = newPool()
  const ending = new AbortController()
  const cancelled = new Promise<undefined>(resolve => {
    ending.signal.addEventListener('abort', () => resolve(undefined))
  })
  let isTaken = false
  async function open(): Promise<OpenBunker | SignerTrouble> {
    const parts = { pool, skipSwitchRelays: true }
    const bunker = await attempt(() => BunkerSigner.fromURI(secretKey, uri, parts, ending.signal), INVITATION_MS)
    if (!isSignerTrouble(bunker)) {
      isTaken = true
      return introduced({ bunker, pool, timeoutMs }, secretKey)
    }
    pool.destroy()
    // Whatever went wrong, nobody came to the meeting point.
    return { signerTrouble: 'silent' }
  }
  return {
    uri,
    opened: Promise.race([open(), cancelled]),
    cancel() {
      if (!isTaken) ending.abort()
    },
  }
}

/** A signer that was introduced on an earlier visit. @param pubkey the key that it signs with */
export async function reopenBunker(
  link: BunkerLink,
  pubkey: string,
  timeoutMs?: number,
): Promise<Signer | SignerTrouble> {
  const pointer = { pubkey: link.pubkey, relays: [...link.relays], secret: null }
  const pool = newPool()
  const bunker = await attempt(async () => BunkerSigner.fromBunker(hexToBytes(link.clientSecret), pointer, { pool }))
  return isSignerTrouble(bunker) ? bunker : createBunkerSigner({ bunker, pool, timeoutMs }, pubkey)
}

/** A signer and its connections, which are its own: both end together. */
interface Reached {
  readonly bunker: BunkerSigner
  readonly pool: SimplePool
  readonly timeoutMs: number | undefined
}

function newPool(): SimplePool {
  return new SimplePool({ enableReconnect: true })
}

async function introduced(reached: Reached, secretKey: Uint8Array): Promise<OpenBunker | SignerTrouble> {
  const { bunker, pool, timeoutMs } = reached
  const pubkey = await attempt(() => bunker.getPublicKey(), timeoutMs)
  if (isSignerTrouble(pubkey) || !isHex32(pubkey)) {
    pool.destroy()
    return isSignerTrouble(pubkey) ? pubkey : { signerTrouble: 'unable' }
  }
  const { relays, pubkey: remote } = bunker.bp
  const link: BunkerLink = { pubkey: remote, relays, clientSecret: bytesToHex(secretKey) }
  return { signer: createBunkerSigner(reached, pubkey), link }
}

function createBunkerSigner({ bunker, pool, timeoutMs }: Reached, pubkey: string): Signer {
  return {
    kind: 'bunker',
    pubkey,
    async sign(template) {
      const { kind, created_at, content } = template
      const tags = template.tags.map(tag => [...tag])
      // By hand instead of `bunker.signEvent`: what comes back is looked at here, field by field.
      const answer = await attempt(
        () => bunker.sendRequest('sign_event', [JSON.stringify({ kind, created_at, content, tags })]),
        timeoutMs,
      )
      return isSignerTrouble(answer) ? answer : checkSigned(template, parsed(answer), pubkey)
    },
    encrypt: text => attempt(() => bunker.nip44Encrypt(pubkey, text), timeoutMs),
    decrypt: text => attempt(() => bunker.nip44Decrypt(pubkey, text), timeoutMs),
    close: () => pool.destroy(),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
