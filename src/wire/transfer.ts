/** Everything of the owner as a file: what `GET /export` gives and `POST /import` answers (specification/rest-api.md, R18). */

/** Header of an export: how many events it has, as far as is known at its beginning. */
export const EXPORT_EVENTS_HEADER = 'Nostrp2p-Events'

/** The type of both: one event a line, as JSON. */
export const LINES_TYPE = 'application/x-ndjson'

/** How far an import is. */
export interface ImportProgress {
  /** Lines that were read; empty ones do not count. */
  readonly read: number
  /** New here. */
  readonly stored: number
  /** Were here already, or a newer version is. */
  readonly had: number
  readonly refused: number
}

/** A line that was not taken. */
export interface RefusedLine {
  /** From 1, empty ones counted: as an editor shows it. */
  readonly line: number
  /** Why: a code of specification/event.md, E14. */
  readonly refused: string
  /** The same as a sentence, in English. */
  readonly reason: string
}

/** The last line: `done` is false where the import ended before the file did, and `reason` says why. */
export interface ImportEnd extends ImportProgress {
  readonly done: boolean
  /** Refused lines beyond those that were named. */
  readonly unnamed: number
  readonly reason: string | null
  /** The same for programs (specification/rest-api.md, R1.12). */
  readonly code: string | null
}

/** A line of the answer: refusals and progress as they come, and one end. */
export type ImportLine = ImportProgress | RefusedLine | ImportEnd
