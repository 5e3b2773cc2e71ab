/** What a bench leaves behind while it runs, temporary folders and processes, and its removal, also on Ctrl-C. */
import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Workspace {
  /** A new empty folder. */
  folder(name: string): string
  /** Node's executable with these arguments. */
  start(args: readonly string[], options?: SpawnOptions): ChildProcess
  /** A module of the bench with a channel for messages. */
  fork(module: URL, args?: readonly string[]): ChildProcess
  /** Ends every process that is left and removes the folders; idempotent. */
  clear(): void
}

export function createWorkspace(): Workspace {
  const root = mkdtempSync(join(tmpdir(), 'nostrp2p-bench-'))
  const children = new Set<ChildProcess>()

  function keep(child: ChildProcess): ChildProcess {
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }

  function clear(): void {
    for (const child of children) child.kill('SIGKILL')
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
    process.off('exit', clear)
  }
  // Whatever ends the bench, nothing of it is left.
  process.on('exit', clear)

  return {
    folder: name => mkdtempSync(join(root, `${name}-`)),
    start: (args, options = {}) => keep(spawn(process.execPath, args, options)),
    fork: (module, args = []) => keep(fork(module, args, { serialization: 'advanced' })),
    clear,
  }
}
