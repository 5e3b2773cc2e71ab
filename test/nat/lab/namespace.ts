/** One network namespace: a machine of the test network. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { type Insider, startInsider } from './insider.ts'

export interface Namespace {
  readonly name: string
  /** Its name for `ip netns`. */
  readonly id: string
  /** Commands of `ip`, one a line, run in here. */
  ip(...lines: readonly string[]): Promise<string>
  nft(rules: string): Promise<void>
  run(command: string, ...args: readonly string[]): Promise<string>
  /** A process that lives in here. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess
  /** The one process of the test itself in here. */
  insider(): Promise<Insider>
  /** Lets go of the insider. */
  leave(): void
}

export async function createNamespace(parts: { name: string; id: string; folder: string }): Promise<Namespace> {
  const { name, id, folder } = parts
  const inside = (command: string, args: readonly string[]) => ['netns', 'exec', id, command, ...args]
  let insider: Promise<Insider> | undefined
  const namespace: Namespace = {
    name,
    id,
    ip: (...lines) => runCommand('ip', ['-n', id, '-batch', '-'], lines.join('\n')),
    async nft(rules) {
      await runCommand('ip', inside('nft', ['-f', '-']), rules)
    },
    run: (command, ...args) => runCommand('ip', inside(command, args)),
    spawn: (command, args, options = {}) => spawn('ip', inside(command, args), options),
    insider() {
      insider ??= startInsider(namespace, join(folder, `${name}.socket`))
      return insider
    },
    leave: () => void insider?.then(one => one.leave()),
  }
  await runCommand('ip', ['netns', 'add', id])
  // Addresses are there at once, without a second of looking for others that have them too.
  await namespace.run('sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0')
  await namespace.ip('link set lo up')
  return namespace
}
