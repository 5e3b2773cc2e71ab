/** What this browser keeps of its node, to find it again from elsewhere (the answer to `GET /away`). */
import type { Away } from '../../wire/away.ts'
import { readDevice, writeDevice } from './device.ts'

export interface KeptNode extends Pick<Away, 'node' | 'owner' | 'addresses' | 'home'> {
  /** The node itself serves this page. */
  readonly isHere: boolean
}

export function readKeptNode(): KeptNode | undefined {
  try {
    const kept = JSON.parse(readDevice('node') ?? 'null') as KeptNode | null
    return kept !== null && isAway(kept) ? kept : undefined
  } catch {
    return undefined
  }
}

/** False where the browser does not keep it. */
export function writeKeptNode(kept: KeptNode | undefined): boolean {
  return writeDevice('node', kept === undefined ? undefined : JSON.stringify(kept))
}

export function isAway(value: unknown): value is Away {
  if (typeof value !== 'object' || value === null) return false
  const { node, owner, addresses, home } = value as { readonly [K in keyof Away]?: unknown }
  return (
    typeof node === 'string' && (owner === null || typeof owner === 'string') && areTexts(addresses) && areTexts(home)
  )
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_TEXTS && value.every(text => typeof text === 'string')
}

const MAX_TEXTS = 32
