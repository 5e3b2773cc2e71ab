/**
 * Network namespaces for one test. Interfaces, routers and processes live inside of them, and nothing outside is touched.
 * A guardian of its own removes everything when the lab ends, and also when the test process dies, however it dies.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { createNamespace, type Namespace } from './namespace.ts'

export interface Lab {
  /** For files of this lab. */
  readonly folder: string
  /** What the machines of the lab find under a name; it may change at any time. */
  readonly names: { readonly file: string; set(name: string, ...addresses: readonly string[]): void }
  /** A new namespace with loopback up. */
  namespace(name: string): Promise<Namespace>
  /** Ends all processes in the namespaces and removes everything. */
  end(): Promise<void>
}

const MARK = 'nostrp2p-lab'

/** Waits for the end of its input, then removes the namespaces that begin with $1, what runs in them, and the folder $2. */
const REMOVE = `
cat > /dev/null
for name in $(ip netns list | sed 's/ .*//' | grep "^$1-"); do
  while running=$(ip netns pids "$name") && [ -n "$running" ]; do kill -9 $running; sleep 0.02; done
  ip netns del "$name"
done
rm -rf "$2"
`

let labs = 0

export async function createLab(): Promise<Lab> {
  await removeLeftovers()
  const prefix = `${MARK}-${process.pid}-${startOf(process.pid)}-${++labs}`
  const folder = join(tmpdir(), prefix)
  mkdirSync(folder)
  const guardian = startGuardian(prefix, folder)
  const namespaces: Namespace[] = []
  return {
    folder,
    names: createNames(join(folder, 'hosts')),
    async namespace(name) {
      const namespace = await createNamespace({ name, id: `${prefix}-${name}`, folder })
      namespaces.push(namespace)
      return namespace
    },
    async end() {
      for (const namespace of namespaces.splice(0)) namespace.leave()
      guardian.ref()
      guardian.stdin!.end()
      if (guardian.exitCode === null) await once(guardian, 'exit')
    },
  }
}

function createNames(file: string): Lab['names'] {
  const known = new Map<string, readonly string[]>([['localhost', ['127.0.0.1']]])
  // Written in place: the machines have this very file before their eyes.
  const save = () => {
    const lines = [...known].flatMap(([name, addresses]) => addresses.map(address => `${address} ${name}\n`))
    writeFileSync(file, lines.join(''))
  }
  save()
  return {
    file,
    set(name, ...addresses) {
      known.set(name, addresses)
      save()
    },
  }
}

function startGuardian(prefix: string, folder: string): ChildProcess {
  // A session of its own: Ctrl-C ends the test, not this.
  const child = spawn('sh', ['-c', REMOVE, 'sh', prefix, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  return child
}

/** Those of processes whose guardian was killed as well. */
async function removeLeftovers(): Promise<void> {
  const names = (await runCommand('ip', ['netns', 'list'])).split('\n').map(line => line.replace(/ .*/, ''))
  const folders = readdirSync(tmpdir())
  const prefixes = new Set([...names, ...folders].flatMap(name => /^nostrp2p-lab-\d+-\d+-\d+/.exec(name)?.[0] ?? []))
  for (const prefix of prefixes) {
    const [pid, start] = prefix.slice(MARK.length + 1).split('-')
    if (startOf(Number(pid)) === start) continue
    await runCommand('sh', ['-c', REMOVE, 'sh', prefix, join(tmpdir(), prefix)])
  }
}

/** When the process began, in ticks since boot: tells it from a later one with the same number. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19]
  } catch {
    return undefined
  }
}
