/** The signer of this browser from one visit to the next: where it is, never a secret that could be read. */
import { bytesToHex, hexToBytes, isHex32 } from '../../event/hex.ts'
import { readDevice, writeDevice } from '../keep/device.ts'
import type { BunkerLink } from './bunker.ts'
import type { Signer, SignerKind } from './signer.ts'
import { isVaultPossible, seal, unkeep, unseal } from './vault.ts'

/** How a key of this page is kept. `session`: not at all, it is gone with the page. */
export type Keeping = 'password' | 'open' | 'session'

interface Kept {
  readonly kind: SignerKind
  readonly pubkey: string
  /** `here`: under a password (NIP-49). */
  readonly ncryptsec?: string
  /** `here`: in the vault, without a password. */
  readonly isOpen?: boolean
  readonly bunker?: Omit<BunkerLink, 'clientSecret'>
  /** Only where there is no vault: on a page without https. It opens nothing of the node's. */
  readonly clientSecret?: string
}

const KEY_BOX = 'key'
const BUNKER_BOX = 'bunker'

/** undefined when none is kept, or nothing that this page can read. */
export function readKept(): Kept | undefined {
  try {
    const kept = JSON.parse(readDevice('signer') ?? 'null') as Kept | null
    return kept !== null && typeof kept.kind === 'string' && isHex32(kept.pubkey) ? kept : undefined
  } catch {
    return undefined
  }
}

function write(kept: Kept): boolean {
  return writeDevice('signer', JSON.stringify(kept))
}

/** @returns whether it will be here at the next visit */
export async function keepKey(
  pubkey: string,
  secretKey: Uint8Array,
  ncryptsec: string | undefined,
  keeping: Keeping,
): Promise<boolean> {
  await forgetKept()
  if (keeping === 'session') return false
  const isOpen = keeping === 'open' && (await seal(KEY_BOX, secretKey))
  if (!isOpen && ncryptsec === undefined) return false
  return write({ kind: 'here', pubkey, isOpen, ...(ncryptsec !== undefined && { ncryptsec }) })
}

export async function keepExtension(pubkey: string): Promise<boolean> {
  await forgetKept()
  return write({ kind: 'extension', pubkey })
}

export async function keepBunker(pubkey: string, { clientSecret, ...bunker }: BunkerLink): Promise<boolean> {
  await forgetKept()
  const isSealed = isVaultPossible() && (await seal(BUNKER_BOX, hexToBytes(clientSecret)))
  return write({ kind: 'bunker', pubkey, bunker, ...(!isSealed && { clientSecret }) })
}

export async function forgetKept(): Promise<void> {
  writeDevice('signer', undefined)
  await unkeep(KEY_BOX)
  await unkeep(BUNKER_BOX)
}

/** The script of the browser's extension, which is small: it is here when it is wanted, wherever the node is then. */
export async function loadExtensionScript(): Promise<typeof import('./extension.ts')> {
  return import('./extension.ts')
}

/** The kept signer, when nobody has to be asked for a password. */
export async function reopen(kept: Kept): Promise<Signer | undefined> {
  if (kept.kind === 'extension') {
    const { createExtensionSigner, waitForExtension } = await loadExtensionScript()
    return (await waitForExtension()) ? createExtensionSigner(kept.pubkey) : undefined
  }
  if (kept.kind === 'bunker') return kept.bunker === undefined ? undefined : reopenBunker(kept, kept.bunker)
  const secretKey = kept.isOpen === true ? await unseal(KEY_BOX) : undefined
  if (secretKey === undefined) return undefined
  const { createKeySigner } = await import('./here.ts')
  return createKeySigner(secretKey)
}

async function reopenBunker(kept: Kept, bunker: Omit<BunkerLink, 'clientSecret'>): Promise<Signer | undefined> {
  const sealed = kept.clientSecret === undefined ? await unseal(BUNKER_BOX) : undefined
  const clientSecret = kept.clientSecret ?? (sealed && bytesToHex(sealed))
  if (clientSecret === undefined) return undefined
  const opened = await (await import('./bunker.ts')).reopenBunker({ ...bunker, clientSecret }, kept.pubkey)
  return 'signerTrouble' in opened ? undefined : opened
}
