/**
 * The cursor of a pull: opaque to the client; inside, the store it belongs to, a position in receive order, and the run.
 * As few characters as that takes: a pull every ten seconds carries it both ways.
 */
import { POSITION_BYTES, readPosition, writePosition } from '../store/keys.ts'
import type { EventStore, Position } from '../store/store.ts'

const EPOCH_BYTES = 8
const RUN_AT = EPOCH_BYTES + POSITION_BYTES
const RUN_BYTES = 4

export function encodeCursor({ epoch, run }: Pick<EventStore, 'epoch' | 'run'>, position: Position): string {
  const bytes = Buffer.alloc(RUN_AT + RUN_BYTES)
  bytes.write(epoch, 'hex')
  writePosition(bytes, EPOCH_BYTES, position)
  // A store that has had no event has had no run.
  const end = RUN_AT + bytes.write(run(), RUN_AT, 'hex')
  return bytes.toString('base64url', 0, end)
}

/**
 * The position that was given, and the one to go on behind; 0 for a cursor of another store (everything is new then).
 * @returns undefined for text that is no cursor
 */
export function decodeCursor(
  text: unknown,
  { epoch, resume }: Pick<EventStore, 'epoch' | 'resume'>,
): { readonly given: Position; readonly from: Position } | undefined {
  if (typeof text !== 'string' || !/^(?:[\w-]{20}|[\w-]{26})$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  const given = readPosition(bytes, EPOCH_BYTES)
  if (!Number.isSafeInteger(given)) return undefined
  const run = bytes.toString('hex', RUN_AT)
  return bytes.toString('hex', 0, EPOCH_BYTES) === epoch ? { given, from: resume(run, given) } : { given: 0, from: 0 }
}
