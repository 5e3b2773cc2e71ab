/**
 * Everything of the owner as a file, out and in (R18). Neither way is the whole of it ever in memory: what comes is handed
 * to the browser piece by piece, and a file is read and sent in slices.
 */
import {
  EXPORT_EVENTS_HEADER,
  type ImportEnd,
  type ImportLine,
  LINES_TYPE,
  type RefusedLine,
} from '../../wire/transfer.ts'
import type { Call } from './call.ts'
import { askLines } from './lines.ts'
import type { Trouble } from './trouble.ts'
import { askUnhurried } from './unhurried.ts'

/** Pieces are gathered so far before the browser gets them: as a blob they need not stay in memory. */
const PIECE_BYTES = 4 * 1024 * 1024
const NEWLINE = 10

export interface ExportProgress {
  readonly events: number
  /** As far as the node knew when it began. */
  readonly of: number | undefined
}

export async function fetchExport(
  call: Call,
  isAll: boolean,
  onProgress: (progress: ExportProgress) => void,
  signal: AbortSignal,
): Promise<{ readonly file: Blob; readonly events: number } | Trouble> {
  let pieces: Blob[] = []
  let gathered: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  let events = 0
  const trouble = await askUnhurried(call, isAll ? '/export?what=all' : '/export', { signal }, (part, headers) => {
    gathered.push(part)
    bytes += part.length
    events += newlinesIn(part)
    if (bytes >= PIECE_BYTES) {
      pieces = [...pieces, new Blob(gathered)]
      gathered = []
      bytes = 0
    }
    const of = Number(headers.get(EXPORT_EVENTS_HEADER) ?? Number.NaN)
    onProgress({ events, of: Number.isNaN(of) ? undefined : of })
  })
  return trouble ?? { file: new Blob([...pieces, ...gathered], { type: LINES_TYPE }), events }
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++
  return count
}

/** How far the import of a file is. Handed in again it goes on from there. */
export interface ImportState {
  /** Bytes of the file that are done. */
  readonly offset: number
  /** Lines of the file that are done, empty ones too. */
  readonly lines: number
  readonly read: number
  readonly stored: number
  readonly had: number
  readonly refused: number
  /** The first of them, with their lines in the file. */
  readonly refusals: readonly RefusedLine[]
}

export const NOT_BEGUN: ImportState = { offset: 0, lines: 0, read: 0, stored: 0, had: 0, refused: 0, refusals: [] }

/** Why a file cannot be imported, whatever the node says. */
export type FileFault = 'not-lines' | 'empty' | 'unreadable'

const SLICE_BYTES = 1024 * 1024
/** Refusals that are named; the rest are counted. */
const MAX_REFUSALS = 200

/** @returns undefined when the file came to its end */
export async function importFile(
  call: Call,
  file: Blob,
  from: ImportState,
  onProgress: (state: ImportState) => void,
  signal: AbortSignal,
): Promise<undefined | Trouble | FileFault> {
  let state = from
  try {
    if (state.offset === 0) {
      const fault = await faultOf(file)
      if (fault !== undefined) return fault
    }
    while (state.offset < file.size) {
      if (signal.aborted) return { trouble: 'away' }
      const slice = await nextSlice(file, state.offset)
      const sent = await sendSlice(call, file.slice(state.offset, slice.end), state, signal)
      if ('trouble' in sent) return sent
      state = { ...sent, offset: slice.end, lines: state.lines + slice.lines }
      onProgress(state)
    }
    return undefined
  } catch {
    // What else throws here is a file that went away or may not be read any more.
    return 'unreadable'
  }
}

/** A look at the beginning: nobody means to send a film to their node. */
async function faultOf(file: Blob): Promise<FileFault | undefined> {
  const beginning = (await file.slice(0, 4_096).text()).trimStart()
  if (beginning === '') return file.size <= 4_096 ? 'empty' : 'not-lines'
  return beginning.startsWith('{') ? undefined : 'not-lines'
}

/** Up to the last line end that fits; a line that is longer than a slice goes as a whole, for the node to refuse. */
async function nextSlice(file: Blob, offset: number): Promise<{ end: number; lines: number }> {
  for (let start = offset; start < file.size; start += SLICE_BYTES) {
    const bytes = new Uint8Array(await file.slice(start, start + SLICE_BYTES).arrayBuffer())
    if (start + bytes.length >= file.size) return { end: file.size, lines: newlinesIn(bytes) }
    const last = start === offset ? bytes.lastIndexOf(NEWLINE) : bytes.indexOf(NEWLINE)
    if (last >= 0) return { end: start + last + 1, lines: newlinesIn(bytes.subarray(0, last + 1)) }
  }
  return { end: file.size, lines: 0 }
}

async function sendSlice(
  call: Call,
  lines: Blob,
  before: ImportState,
  signal: AbortSignal,
): Promise<ImportState | Trouble> {
  let end: ImportEnd | undefined
  const refusals: RefusedLine[] = []
  const line = (told: ImportLine): void => {
    if ('done' in told) end = told
    else if ('line' in told) refusals.push({ ...told, line: told.line + before.lines })
  }
  const trouble = await askLines<ImportLine>(call, '/import', { method: 'POST', lines, signal }, { line })
  if (trouble !== undefined) return trouble
  if (end === undefined) return { trouble: 'broken' }
  if (!end.done) {
    const { reason, code } = end
    return { trouble: 'refused', ...(reason !== null && { sentence: reason }), ...(code != null && { code }) }
  }
  return {
    ...before,
    read: before.read + end.read,
    stored: before.stored + end.stored,
    had: before.had + end.had,
    refused: before.refused + end.refused,
    refusals: [...before.refusals, ...refusals].slice(0, MAX_REFUSALS),
  }
}
