/** A file system of a few megabytes, to fill up: a tmpfs, where the tests may mount one. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface SmallDisk {
  readonly path: string
  freeBytes(): Promise<number>
  /** Leaves so many bytes free; called again, it changes that. */
  leave(bytes: number): Promise<void>
  unmount(): void
}

/** Mounts it at `path`; a text says why that cannot be done here. */
export function mountSmallDisk(path: string, bytes: number): SmallDisk | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk'
  mkdirSync(path, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', path], { stdio: 'pipe' })
  } catch (error) {
    return `a small disk cannot be mounted here: ${String(error)}`
  }
  const filler = join(path, 'filler')
  const freeBytes = async () => {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  }
  return {
    path,
    freeBytes,
    async leave(wanted) {
      await rm(filler, { force: true })
      try {
        await writeFile(filler, Buffer.alloc(Math.max(0, (await freeBytes()) - wanted)))
      } catch (error) {
        // Somebody else wrote meanwhile: it is as full as it was to be.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      }
    },
    // Lazily: a process that is just ending may still hold a file.
    unmount: () => void execFileSync('umount', ['-l', path], { stdio: 'pipe' }),
  }
}
