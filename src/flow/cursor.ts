/** The cursor of a pull: opaque to the client; inside, the store it belongs to, a position in receive order, and the run. */
import type { EventStore, Position } from '../store/store.ts'

export function encodeCursor({ epoch, run }: Pick<EventStore, 'epoch' | 'run'>, position: Position): string {
  const id = run()
  return `${epoch}.${position.toString(36)}${id === '' ? '' : `.${id}`}`
}

/**
 * The position that was given, and the one to go on behind; 0 for a cursor of another store (everything is new then).
 * @returns undefined for text that is no cursor
 */
export function decodeCursor(
  text: unknown,
  { epoch, resume }: Pick<EventStore, 'epoch' | 'resume'>,
): { readonly given: Position; readonly from: Position } | undefined {
  if (typeof text !== 'string') return undefined
  const parts = /^([0-9A-Za-z_-]{1,64})\.([0-9a-z]{1,11})(?:\.([0-9a-f]{8}))?$/.exec(text)
  if (parts === null) return undefined
  const [, named, digits, run = ''] = parts
  const given = Number.parseInt(digits!, 36)
  if (!Number.isSafeInteger(given)) return undefined
  return named === epoch ? { given, from: resume(run, given) } : { given: 0, from: 0 }
}
