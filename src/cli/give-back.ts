/**
 * What the C library and the kernel hold for this process and it may not need soon, given back by asking them: on Linux
 * with glibc and `koffi`. Elsewhere nothing is asked; what could not be given back is used again by the next flood.
 */
import { readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** From `linux/mman.h`: pages leave memory, and are read again when they are wanted. What they hold is never lost. */
const MADV_PAGEOUT = 21

/** @param directory whose mapped files are given back; never throws */
export type GiveBack = (directory: string) => Promise<void>

export function createGiveBack(): GiveBack {
  let library: ReturnType<typeof bind> | undefined
  return async directory => {
    if (process.platform !== 'linux') return
    try {
      library ??= bind()
      await library.trim()
      for (const { start, bytes } of await mappedFiles(directory)) await library.pageOut(start, bytes)
    } catch {
      // No glibc, no `koffi`, or a kernel that does not do that.
    }
  }
}

interface Mapped {
  readonly start: number
  readonly bytes: number
}

/** LevelDB maps its tables into memory, so all that was ever read of them counts as this process's. */
async function mappedFiles(directory: string): Promise<Mapped[]> {
  const prefix = `${await realpath(directory)}/`
  const lines = (await readFile('/proc/self/maps', 'utf8')).split('\n')
  return lines.flatMap(line => {
    // start-end mode offset device inode path, see proc(5)
    if (!line.slice(line.indexOf('/')).startsWith(prefix)) return []
    const [start, end] = line
      .slice(0, line.indexOf(' '))
      .split('-')
      .map(hex => Number.parseInt(hex, 16))
    return [{ start: start!, bytes: end! - start! }]
  })
}

/** Asked on another thread: 5 ms after a flood. glibc keeps freed memory between what is still in use, some 30 MB then. */
function bind() {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
  const libc = koffi.load('libc.so.6')
  const trim = libc.func('int malloc_trim(size_t pad)')
  const advise = libc.func('int madvise(uintptr_t address, size_t bytes, int advice)')
  const called = (call: (done: () => void) => void) => new Promise<void>(resolve => call(resolve))
  return {
    trim: () => called(done => trim.async(0, done)),
    pageOut: (start: number, bytes: number) => called(done => advise.async(start, bytes, MADV_PAGEOUT, done)),
  }
}
