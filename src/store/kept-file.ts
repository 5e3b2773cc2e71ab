/** A file of the data directory: read whole, written whole, for its owner's eyes only. */
import { open, readFile, rename } from 'node:fs/promises'
import type { Refusal } from '../event/refusal.ts'
import { type Rejection, reject } from '../event/rejection.ts'

/** A text that the node keeps beside its store. */
export interface KeptFile {
  readonly path: string
  /** Undefined before the first `write`. Throws `DataDirectoryError`. */
  read(): Promise<string | undefined>
  /** On disk when it resolves: all of it or what was there before. Throws `DataDirectoryError`. */
  write(text: string): Promise<void>
  /** What cannot be understood is kept beside what the node writes from now on. @returns where. Throws `DataDirectoryError`. */
  setAside(): Promise<string>
}

/** Writes a file one time after the other, each time as it is when its turn comes. */
export interface LatestWriter {
  /** On disk when it resolves. Throws `DataDirectoryError`. */
  save(): Promise<void>
  /** Nothing that was asked for is under way any more, whether it went well or not. */
  settled(): Promise<void>
}

/** @param text what is to stand in the file now */
export function createLatestWriter(file: Pick<KeptFile, 'write'>, text: () => string): LatestWriter {
  let last: Promise<void> = Promise.resolve()
  /** Asked for, and not begun: whoever asks meanwhile waits for the same. */
  let next: Promise<void> | undefined
  return {
    save() {
      if (next === undefined) {
        next = last.then(() => {
          next = undefined
          return file.write(text())
        })
        last = next.catch(() => {})
      }
      return next
    },
    settled: () => last,
  }
}

/** What the disk did not take, as an answer that begins with this sentence; undefined when it did. Any other fault is thrown. */
export async function refusedByDisk(
  writing: Promise<unknown>,
  sentence: string,
  code: Refusal = 'not-written',
): Promise<Rejection | undefined> {
  try {
    await writing
    return undefined
  } catch (error) {
    if (error instanceof DataDirectoryError) return reject('full', `${sentence} ${error.message}`, { code })
    throw error
  }
}

/** A file or directory that cannot be used; the message is a sentence for the user. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError'
}

export function keptFile(path: string): KeptFile {
  return {
    path,
    async read() {
      const bytes = await readIfThere(path)
      return bytes === undefined ? undefined : Buffer.from(bytes).toString()
    },
    write: text => writeWhole(path, Buffer.from(text)),
    async setAside() {
      const aside = `${path}.unread`
      try {
        await rename(path, aside)
      } catch (error) {
        throw unusable(path, error)
      }
      return aside
    },
  }
}

export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unusable(path, error)
  }
}

/** A crash leaves the old file or the new one, never half of one. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`
  try {
    const file = await open(draft, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    throw unusable(path, error)
  }
}

export function unusable(path: string, error: unknown): DataDirectoryError {
  if (error instanceof DataDirectoryError) return error
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DataDirectoryError(
        `${path} cannot be written. Give a folder of your own with --data-dir, or change its permissions.`,
      )
    case 'ENOSPC':
    case 'EDQUOT':
      return new DataDirectoryError(
        `There is no space left for ${path}. Free some, or give another folder with --data-dir.`,
      )
    case 'ENOTDIR':
    case 'EEXIST':
      return new DataDirectoryError(`${path} is not a directory. Give another folder with --data-dir.`)
    default:
      return new DataDirectoryError(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
