/** What a device that forwards keeps in its data directory: its key, and where its node is to be found. */
import { isHex32 } from '../event/hex.ts'
import { newDeviceKey } from '../overlay/device.ts'
import { openDataDirectory } from '../store/data-directory.ts'

/** The node that this device is paired with. */
export interface KeptNode {
  /** Peer ID. */
  readonly node: string
  /** Public key of its owner in hex; null while it had none. */
  readonly owner: string | null
  readonly addresses: readonly string[]
  readonly home: readonly string[]
  /** SHA-256 of the secret of the code, in hex: who gives the same code again is paired already. */
  readonly code: string
}

export interface Kept {
  /** As libp2p writes a private key; made at the first time. */
  readonly key: Uint8Array
  /** Undefined before this device is paired, and when the file was spoilt. */
  readonly node: KeptNode | undefined
  keep(node: KeptNode): Promise<void>
}

const FILE = 'connect.json'
/** More than a node tells. */
const MAX_ADDRESSES = 32

/** Makes the directory for this user's eyes only. Throws `DataDirectoryError`. */
export async function openKept(path: string): Promise<Kept> {
  const directory = await openDataDirectory(path)
  const file = directory.file(FILE)
  return {
    key: await directory.nodeKey(newDeviceKey),
    node: readNode(await file.read()),
    keep: node => file.write(`${JSON.stringify(node, null, 2)}\n`),
  }
}

function readNode(text: string | undefined): KeptNode | undefined {
  try {
    const { node, owner, addresses, home, code } = JSON.parse(text ?? '{}') as Record<string, unknown>
    if (typeof node !== 'string' || typeof code !== 'string' || !isTexts(addresses) || !isTexts(home)) return undefined
    if (owner !== null && !(typeof owner === 'string' && isHex32(owner))) return undefined
    return { node, owner, addresses, home, code }
  } catch {
    return undefined
  }
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_ADDRESSES && value.every(one => typeof one === 'string')
}
