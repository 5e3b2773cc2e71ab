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

/** Runs with a workspace that is gone in the end, also when somebody interrupts it. */
export async function inWorkspace(run: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = createWorkspace()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  try {
    await run(workspace)
  } finally {
    workspace.clear()
  }
}

/** Says what is being done on standard error, with the seconds since this call. */
export function timedProgress(): (text: string) => void {
  const startMs = performance.now()
  return text => console.error(`${((performance.now() - startMs) / 1000).toFixed(0).padStart(4)} s  ${text}`)
}
