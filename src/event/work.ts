/** Proof of work (NIP-13). */
import type { NostrEvent } from './event.ts'

/** Leading zero bits of an id in hex. */
export function difficultyOf(id: string): number {
  const zeros = /^0*/.exec(id)![0].length
  if (zeros === id.length) return zeros * 4
  return zeros * 4 + Math.clz32(Number.parseInt(id[zeros]!, 16)) - 28
}

/** The difficulty that the author says to have aimed at; undefined where nothing is said. */
export function targetOf(event: Pick<NostrEvent, 'tags'>): number | undefined {
  const text = event.tags.find(tag => tag[0] === 'nonce')?.[2]
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined
}
