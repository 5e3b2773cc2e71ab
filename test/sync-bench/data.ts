/** The posts of all measurements, and data directories that hold most of them: filled once, kept for the next run. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Workspace } from '../bench/workspace.ts'
import { startBenchNode } from './bench-node.ts'
import type { Posts } from './messages.ts'

/** 2026-01-01; no node takes that for too old before 2029. */
const UNTIL_SECONDS = 1_767_225_600
const CACHE = join(tmpdir(), 'nostrp2p-sync-bench')
const VERSION = 2

/** One for each second; some of them are missing from what is kept. */
export interface Sample {
  readonly count: number
  /** The newest of them. */
  readonly newest: readonly number[]
  /** One here and there. */
  readonly scattered: readonly number[]
}

export function sampleOf(count: number, newest: number, scattered: number): Sample {
  const step = Math.floor((count - newest) / Math.max(1, scattered))
  return {
    count,
    newest: Array.from({ length: newest }, (_, i) => count - newest + i),
    scattered: Array.from({ length: scattered }, (_, i) => i * step + ((i * 7) % step)),
  }
}

export function postsOf({ count }: Sample, only: readonly number[], signed: boolean): Posts {
  return { untilSeconds: UNTIL_SECONDS, count, only, signed }
}

/** Of all posts of the sample. */
export function windowOf({ count }: Sample): { readonly since: number; readonly until: number } {
  return { since: UNTIL_SECONDS - count + 1, until: UNTIL_SECONDS }
}

/** A new data directory with all of the sample but the newest and the scattered ones. */
export async function filledDirectory(workspace: Workspace, sample: Sample, progress: (text: string) => void) {
  const { count, newest, scattered } = sample
  const kept = join(CACHE, `${VERSION}-${count}-${newest.length}-${scattered.length}`)
  if (!existsSync(kept)) {
    progress(`filling a store with ${count.toLocaleString('en')} posts, once for all runs`)
    mkdirSync(CACHE, { recursive: true })
    const dataDir = workspace.folder('fill')
    const node = await startBenchNode(workspace, { dataDir, maxEvents: 2 * count })
    const missing = new Set([...newest, ...scattered])
    const all = Array.from({ length: count }, (_, i) => i).filter(number => !missing.has(number))
    await node.tell<'fill'>({ do: 'fill', posts: postsOf(sample, all, false) })
    await node.stop()
    cpSync(dataDir, `${kept}.${process.pid}`, { recursive: true })
    if (existsSync(kept)) rmSync(`${kept}.${process.pid}`, { recursive: true })
    else renameSync(`${kept}.${process.pid}`, kept)
  }
  const dataDir = workspace.folder('store')
  cpSync(kept, dataDir, { recursive: true })
  return dataDir
}
