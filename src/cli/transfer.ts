/** `export` and `import`: everything of the owner from a running node to a file, and from a file to a running node. */
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { systemClock } from '../observe/clock.ts'
import { messageOf } from '../observe/log.ts'
import {
  EXPORT_EVENTS_HEADER,
  type ImportEnd,
  type ImportLine,
  LINES_TYPE,
  type RefusedLine,
} from '../wire/transfer.ts'
import { count, plain, shortPath } from '../words/plain-text.ts'
import { clientUrl, type Failed, isFailed, type NodeAccess, open } from './node-call.ts'
import { isOn, type Settings, textOf } from './parse.ts'
import { createProgressLine } from './progress-line.ts'
import { pathOf } from './server-config.ts'
import { EXIT, isMisuse, type Misuse, type Surroundings } from './surroundings.ts'

/** Refused lines that are shown; the node counts the others. */
const MAX_SHOWN = 20
const NEWLINE = 0x0a

export async function exportEvents(
  file: string | undefined,
  settings: Settings,
  surroundings: Surroundings,
): Promise<number | Misuse> {
  const access = accessOf(settings, surroundings)
  if (isMisuse(access)) return access
  const { err, homeDir } = surroundings
  const answer = await open(access, `/export?what=${isOn(settings.get('all')) ? 'all' : 'own'}`, {})
  if (isFailed(answer)) return complain(answer, surroundings)
  const total = Number(answer.headers.get(EXPORT_EVENTS_HEADER) ?? 0)
  const path = file === undefined ? undefined : pathOf(file, surroundings)
  const written = await save(answer, path, total, surroundings)
  if (isFailed(written)) return complain(written, surroundings)
  const where = path === undefined ? '' : ` to ${shortPath(path, homeDir)}`
  err.write(`Exported ${count(written.events, 'event')}${where}.\n`)
  return EXIT.ok
}

/** A file takes its name when it is whole, so that an older one is not lost for half of a new one. */
async function save(
  answer: Response,
  path: string | undefined,
  total: number,
  { err, writeWhole }: Surroundings,
): Promise<{ readonly events: number } | Failed> {
  const progress = createProgressLine(err, systemClock)
  const target = path === undefined ? { write: writeWhole, end: async () => {}, drop: async () => {} } : fileAt(path)
  let events = 0
  try {
    for await (const piece of answer.body ?? []) {
      await target.write(piece)
      for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, at + 1)) events += 1
      progress.show(`${events} of ${count(total, 'event')}`, total === 0 ? undefined : events / total)
    }
    await target.end()
    return { events }
  } catch (error) {
    await target.drop()
    return { failed: `The export was not written to its end: ${messageOf(error)}. Run this again.` }
  } finally {
    progress.end()
  }
}

function fileAt(path: string) {
  const part = `${path}.part`
  const stream = createWriteStream(part, { mode: 0o600 })
  let fault: Error | undefined
  stream.on('error', error => {
    fault = error
  })
  return {
    async write(piece: Uint8Array) {
      if (fault !== undefined) throw fault
      if (!stream.write(piece)) await once(stream, 'drain')
    },
    async end() {
      stream.end()
      if (fault !== undefined) throw fault
      await once(stream, 'close')
      await rename(part, path)
    },
    async drop() {
      stream.destroy()
      await rm(part, { force: true })
    },
  }
}

export async function importEvents(
  file: string | undefined,
  settings: Settings,
  surroundings: Surroundings,
): Promise<number | Misuse> {
  const access = accessOf(settings, surroundings)
  if (isMisuse(access)) return access
  const source = await openSource(file === '-' ? undefined : file, surroundings)
  if (isFailed(source)) return complain(source, surroundings)
  const asJson = isOn(settings.get('json'))
  const progress = createProgressLine(surroundings.err, systemClock)
  const headers = { 'Content-Type': LINES_TYPE }
  // Half duplex is what the standard knows; the answer comes while the body goes out all the same.
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body: source.body, duplex: 'half' }
  const answer = await open(access, '/import', init)
  if (isFailed(answer)) return complain(answer, surroundings)
  let end: ImportEnd | undefined
  let shown = 0
  try {
    for await (const line of linesOf(answer)) {
      if (asJson) surroundings.out.write(`${JSON.stringify(line)}\n`)
      if ('done' in line) end = line
      else if ('line' in line) {
        if (!asJson && shown < MAX_SHOWN) {
          shown += 1
          surroundings.err.write(refusalWords(line))
        }
      } else progress.show(`${count(line.read, 'line')} read, ${count(line.stored, 'new event')}`, source.share())
    }
  } catch (error) {
    return complain(
      { failed: `The node broke off: ${messageOf(error)}. Run this again; what it has is kept.` },
      surroundings,
    )
  } finally {
    progress.end()
  }
  if (end === undefined) return complain({ failed: 'The node did not say how it went. Run this again.' }, surroundings)
  if (!asJson) (end.done ? surroundings.out : surroundings.err).write(`${endWords(end, shown)}\n`)
  return end.done ? EXIT.ok : EXIT.failed
}

interface Source {
  readonly body: ReadableStream<Uint8Array>
  /** How much of it went out; undefined where nobody knows its size. */
  share(): number | undefined
}

async function openSource(file: string | undefined, surroundings: Surroundings): Promise<Source | Failed> {
  if (file === undefined) return { body: ReadableStream.from(surroundings.piped()), share: () => undefined }
  const path = pathOf(file, surroundings)
  try {
    const { size } = await stat(path)
    const stream = createReadStream(path)
    await once(stream, 'open')
    const share = () => (size === 0 ? undefined : stream.bytesRead / size)
    return { body: ReadableStream.from<Uint8Array>(stream), share }
  } catch (error) {
    return { failed: `${shortPath(path, surroundings.homeDir)} cannot be read: ${messageOf(error)}.` }
  }
}

async function* linesOf({ body }: Response): AsyncGenerator<ImportLine> {
  let text = ''
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = `${text}${piece}`.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield JSON.parse(line) as ImportLine
  }
}

function refusalWords({ line, reason }: RefusedLine): string {
  return `line ${line}: ${plain(reason, 200)}\n`
}

export function endWords({ read, stored, had, refused, done, reason }: ImportEnd, shown: number): string {
  const parts = [
    stored === 0 ? 'Nothing new' : `${count(stored, 'new event')}`,
    ...(had > 0 ? [`${had} were here`] : []),
    ...(refused > 0
      ? [`${refused} were not taken${refused > shown ? ` (the first ${shown} are named above)` : ''}`]
      : []),
  ]
  const counts = `${parts.join(', ')}, of ${count(read, 'line')}.`
  return done ? counts : `Not complete: ${plain(reason ?? '', 200)} ${counts} Run this again; what is there is kept.`
}

function accessOf(settings: Settings, surroundings: Surroundings): NodeAccess | Misuse {
  const url = clientUrl(textOf(settings, 'url'))
  if (isMisuse(url)) return url
  const given = textOf(settings, 'data-dir')
  const dataDir = given === undefined ? undefined : pathOf(given, surroundings)
  return { url, dataDir, signal: surroundings.signal }
}

function complain({ failed }: Failed, { err }: Surroundings): number {
  err.write(`${failed}\n`)
  return EXIT.failed
}
