/** The built command as its user meets it: what it refuses, how it starts, how it stops. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { npubOf, nsecOf } from '../../src/event/keys.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { createProcesses, type Processes, type Run } from '../support/processes.ts'
import { until } from '../support/until.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const READY = /^ {2}network /m

let processes: Processes
beforeEach(async () => {
  processes = await createProcesses()
})
afterEach(() => processes.endAll())

async function outcome(run: Run): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code } = await run.exit
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}

/** Ends with this code, nothing on stdout, and one line on stderr: no stack, no code alone. */
async function refuses(run: Run, code: number, sentence: RegExp): Promise<void> {
  const result = await outcome(run)
  expect(result.stderr).toMatch(sentence)
  expect(result).toMatchObject({ code, stdout: '' })
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
  expect(result.stderr).not.toMatch(/^\s+at /m)
}

async function server(...flags: string[]): Promise<Run> {
  return processes.command(['server', '-l', `127.0.0.1:${await freePortPair()}`, ...flags])
}

describe('commands that end by themselves', () => {
  test('genkey prints its lines in the form of the original', async () => {
    const { code, stdout, stderr } = await outcome(processes.command(['genkey']))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^Secret Key:\nnsec1[a-z0-9]{58}\nSecret Key \(In Hex Representation\): \n[0-9a-f]{64}\nPublic Key:\nnpub1[a-z0-9]{58}\nPublic key \(In Hex Representation\): \n[0-9a-f]{64}\n\nPlease keep the secret key secret\.\nThe key is used only at NostrP2P client as your identity\.\n$/,
    )
  })

  test('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    expect(await outcome(processes.command(['--version']))).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('a reader that goes away early is no error', async () => {
    const script = 'set -o pipefail; "$0" "$1" help | head -n 1; echo $?'
    const launch = processes.command(['--version']).child.spawnargs[1]!
    const printed = execFileSync('bash', ['-c', script, process.execPath, launch], { encoding: 'utf8', stdio: 'pipe' })
    expect(printed).toMatch(/^nostrp2p: .*\n0\n$/)
  })
})

describe('a command line that cannot be followed ends with code 2', () => {
  test.each<[string, string[], RegExp]>([
    ['a wrong command', ['sevrer'], /^There is no command "sevrer"\. Did you mean "server"\?\n$/],
    ['a wrong flag', ['server', '--data-dri', 'x'], /^There is no flag --data-dri\. Did you mean --data-dir\?\n$/],
    ['a missing value', ['server', '-b'], /^-b needs a value: -b <host:port>\./],
    ['a bad key', ['-p', 'npub1nope'], /^-p: That is not a public key\. Give an npub/],
    ['a bad address', ['-l', 'here:20000'], /^-l: "here" is not an IP address/],
    ['a bad bootstrap', ['-b', '/what'], /^-b: "\/what" is not the address of a node/],
    ['a bad number', ['--max-events', 'lots'], /^--max-events must be a whole number/],
  ])('%s', async (_, args, sentence) => {
    await refuses(processes.command(args), 2, sentence)
  })

  test('a secret key, which is not repeated', async () => {
    const nsec = nsecOf(personFrom('ann').secretKey)
    const run = processes.command(['-p', nsec])
    await refuses(run, 2, /^-p: That is a secret key \(nsec\)\. The node must never see it/)
    expect(run.stderr()).not.toContain(nsec)
  })
})

describe('a start that fails ends with code 1', () => {
  test('on a port in use, for nodes and for clients', async () => {
    for (const offset of [0, 1]) {
      const port = await freePortPair()
      const other = createServer()
      await new Promise<void>(done => other.listen(port + offset, '127.0.0.1', done))
      const run = processes.command(['-l', `127.0.0.1:${port}`])
      await refuses(run, 1, new RegExp(`^Port ${port + offset} is already used by another program\\. Start with -l `))
      await new Promise(done => other.close(done))
    }
  })

  test('on a data directory that another process uses', async () => {
    const directory = join(processes.home, 'mine')
    const first = await server('--data-dir', directory)
    await first.says(READY)
    await refuses(await server('--data-dir', directory), 1, /another process|already used|in use/)
    first.child.kill('SIGTERM')
    expect((await first.exit).code).toBe(0)
  })

  test('on a directory that cannot be written', async () => {
    const file = join(processes.home, 'file')
    writeFileSync(file, '')
    await refuses(await server('--data-dir', join(file, 'below')), 1, /below is not a directory\. Give another folder/)
    // Nobody, root included, makes a directory there.
    if (process.platform === 'linux') {
      await refuses(
        await server('--data-dir', '/sys/nostrp2p'),
        1,
        /^\/sys\/nostrp2p cannot be written\. Give a folder/,
      )
    }
  })

  test('on a data directory of another owner', async () => {
    const [ann, ben] = ['ann', 'ben'].map(name => npubOf(personFrom(name).pubkey)) as [string, string]
    const directory = join(processes.home, 'of-ann')
    const first = await server('--data-dir', directory, '-p', ann)
    await first.says(READY)
    first.child.kill('SIGTERM')
    await first.exit
    await refuses(await server('--data-dir', directory, '-p', ben), 1, new RegExp(`belongs to ${ann}, not to ${ben}`))
  })

  test('without the certificate that -s asks for', async () => {
    await refuses(await server('-s', 'true'), 1, /fullchain\.pem|privkey\.pem/)
  })
})

describe('a running node', () => {
  test('prints what a person needs, keeps a folder for each owner, and says that a bootstrap cannot be reached', async () => {
    const npub = npubOf(personFrom('ann').pubkey)
    const [port, nobody] = [await freePortPair(), await freePortPair()]
    const run = processes.command(['-l', `127.0.0.1:${port}`, '-p', npub, '-b', `127.0.0.1:${nobody}`])
    await run.says(READY)
    expect(run.stdout()).toMatch(/^nostrp2p \d+\.\d+\.\d+\n\n {2}owner {5}npub1/)
    expect(run.stdout()).toContain(`owner     ${npub}\n            (unproven: `)
    expect(run.stdout()).toMatch(/^ {2}peer ID {3}16Uiu2H\w+ {2}the owner's$/m)
    expect(run.stdout()).toMatch(/^ {2}node {6}12D3KooW\w+$/m)
    expect(run.stdout()).toContain(`overlay   /ip4/127.0.0.1/tcp/${port}\n`)
    expect(run.stdout()).toMatch(new RegExp(`^ {2}client {4}http://127\\.0\\.0\\.1:${port + 1}/k/\\w+$`, 'm'))
    expect(run.stdout()).toMatch(new RegExp(`^ {2}data {6}~/data/nostrp2p/${npub}$`, 'm'))
    await run.says(new RegExp(`127\\.0\\.0\\.1:${nobody} cannot be reached`))
    expect(run.stdout()).not.toContain('\u001b')
    expect(run.stderr()).toBe('')

    const late = processes.command(['-l', `127.0.0.1:${nobody}`, '-w', 'false', '--data-dir', 'boot'])
    await run.says(new RegExp(`\\d\\d:\\d\\d:\\d\\d {2}bootstrap 127\\.0\\.0\\.1:${nobody} connected`))
    await late.says(/ {2}connected to npub1.*'s node, 1 node now/)
  })

  test('prints JSON lines when asked to', async () => {
    const run = await server('--json')
    const facts = JSON.parse((await run.says(/^\{.*\}\n/))[0])
    expect(facts).toMatchObject({ owner: null, ownerPeerId: null, writable: true, peers: 0, bootstraps: [] })
    expect(facts.claimUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/k\/\w+$/)
    expect((await fetch(`${facts.clientOrigin}/healthz`)).status).toBe(200)
  })

  test.runIf(process.platform === 'linux')('goes before the threads on which V8 compiles and collects', async () => {
    const run = await server()
    await run.says(READY)
    const tasks = `/proc/${run.child.pid}/task`
    // Behind the name, which stands in parentheses: proc(5), stat, from the third field on.
    const niceness = readdirSync(tasks).map(thread => {
      const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(join(tasks, thread, 'stat'), 'utf8'))!
      return { name, nice: Number(rest!.split(' ')[16]) }
    })
    const [ofV8, own] = [true, false].map(isOfV8 => niceness.filter(({ name }) => (name === 'V8Worker') === isOfV8))
    expect(new Set(ofV8!.map(({ nice }) => nice))).toEqual(new Set([10]))
    expect(new Set(own!.map(({ nice }) => nice))).toEqual(new Set([0]))
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'stops within 5 seconds of a %s, with code 0, and its port is free again',
    async signal => {
      const [port, hub] = [await freePortPair(), await server('--data-dir', 'hub')]
      await hub.says(READY)
      const address = /\/ip4\/127\.0\.0\.1\/tcp\/\d+/.exec(hub.stdout())![0]
      const run = processes.command(['-l', `127.0.0.1:${port}`, '-b', address])
      await run.says(/bootstrap .* connected|127\.0\.0\.1:\d+ connected/)
      // A client that holds its connection open must not hold up the stop.
      const idle = connect(port + 1, '127.0.0.1')
      await new Promise(done => idle.once('connect', done))
      const startMs = performance.now()
      run.child.kill(signal)
      expect(await run.exit).toEqual({ code: 0, signal: null })
      expect(performance.now() - startMs).toBeLessThan(5_000)
      idle.destroy()
      expect(run.stderr()).toBe('')
      const again = processes.command(['-l', `127.0.0.1:${port}`, '--data-dir', 'again'])
      await again.says(READY)
    },
  )

  test('is stopped by a signal while it starts', async () => {
    const run = await server()
    // Its handlers stand when the data directory appears.
    await until('the data directory', () => existsSync(join(processes.home, 'data/nostrp2p/default')))
    run.child.kill('SIGTERM')
    expect(await run.exit).toEqual({ code: 0, signal: null })
  })
})

test('a second signal ends at once what does not stop by itself', async () => {
  // A program around the real edge whose stop never ends: the node's own is too quick to be caught.
  const directory = join(processes.home, 'stuck')
  mkdirSync(directory)
  const program = join(directory, 'stuck.mjs')
  writeFileSync(
    program,
    `import { onSignals } from ${JSON.stringify(join(ROOT, 'src/main.ts'))}
const stopping = new AbortController()
onSignals(stopping)
stopping.signal.addEventListener('abort', () => console.log('stopping'))
setInterval(() => {}, 1_000)
console.log('running')
`,
  )
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const exit = new Promise(done => child.once('exit', code => done(code)))
  await until('the start', () => printed.includes('running'))
  child.kill('SIGINT')
  await until('the first signal to be heard', () => printed.includes('stopping'))
  const firstMs = performance.now()
  // npm passes on what the terminal has sent to everybody: the same signal twice within 100 ms is one.
  await until('a second to pass', () => performance.now() - firstMs > 150)
  child.kill('SIGINT')
  expect(await exit).toBe(1)
  expect(performance.now() - firstMs).toBeLessThan(3_000)
})

/** Another Node than this one on the machine's path, older than the program needs. */
function oldNode(): string | undefined {
  const candidates = [
    '/usr/bin/node',
    '/usr/local/bin/node',
    ...(process.env.PATH ?? '').split(':').map(path => join(path, 'node')),
  ]
  return candidates.find(path => {
    try {
      return Number.parseInt(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }), 10) < 22
    } catch {
      return false
    }
  })
}

const old = oldNode()
test.skipIf(old === undefined)('an old Node ends at once with the Node that is needed', async () => {
  const { child } = processes.command(['--version'])
  for (const launch of [child.spawnargs[1]!, join(ROOT, 'src/launch.js')]) {
    const run = spawn(old!, [launch, 'server'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    run.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    expect(await new Promise(done => run.once('close', done))).toBe(1)
    expect(printed).toMatch(
      /^nostrp2p needs Node\.js 22 or newer; this is \d+\.\d+\.\d+\. Install .* and start again\.\n$/,
    )
  }
})
