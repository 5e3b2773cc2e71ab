/** The cursor of a pull: opaque to the client; inside, the store it belongs to and a position in receive order. */
import type { Position } from '../store/store.ts'

export function encodeCursor(epoch: string, position: Position): string {
  return `${epoch}.${position.toString(36)}`
}

/** The position, 0 for a cursor of another store (everything is new then), or undefined for text that is no cursor. */
export function decodeCursor(text: unknown, epoch: string): Position | undefined {
  if (typeof text !== 'string') return undefined
  const parts = /^([0-9A-Za-z_-]{1,64})\.([0-9a-z]{1,11})$/.exec(text)
  if (parts === null) return undefined
  const position = Number.parseInt(parts[2]!, 36)
  if (!Number.isSafeInteger(position)) return undefined
  return parts[1] === epoch ? position : 0
}
