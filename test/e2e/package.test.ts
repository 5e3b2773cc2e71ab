/** The package as a stranger gets it: packed, installed globally in an empty folder, and run. */
import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { npubOf } from '../../src/event/keys.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { personFrom } from '../support/events.ts'
import { signNow } from '../support/node-client.ts'
import { freePortPair } from '../support/ports.ts'
import { connectRelay, FROM_ELSEWHERE } from '../support/relay-client.ts'
import { until } from '../support/until.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

let prefix: string
let command: string
let packed: { filename: string; files: { path: string }[]; size: number }
/** Nothing of the developer's Node options or of npm's own variables. */
const env = () => ({
  PATH: process.env.PATH,
  HOME: prefix,
  NOSTRP2P_MDNS: 'false',
  NOSTRP2P_PORT_MAPPING: 'false',
})

beforeAll(async () => {
  prefix = await mkdtemp(join(tmpdir(), 'nostrp2p-package-'))
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', prefix], { cwd: ROOT })
  // Before the JSON npm passes on what the build says.
  packed = JSON.parse(stdout.slice(stdout.search(/^\[/m)))[0]
  const tarball = join(prefix, packed.filename)
  await run('npm', ['install', '--global', tarball, '--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund'])
  command = join(prefix, 'bin/nostrp2p')
}, 120_000)

afterAll(() => rm(prefix, { recursive: true, force: true }))

test('holds the bundle, its notices and the specification, and no source', () => {
  const paths = packed.files.map(({ path }) => path)
  expect(paths).toEqual(
    expect.arrayContaining([
      'dist/launch.js',
      'dist/main.js',
      'dist/worker.js',
      'dist/LICENSES.txt',
      'LICENSE',
      'README.md',
    ]),
  )
  expect(paths.filter(path => /^(src|test|scripts)\//.test(path))).toEqual([])
})

test('the notices name what is in the bundle', async () => {
  const notices = await readFile(join(prefix, 'lib/node_modules/nostrp2p/dist/LICENSES.txt'), 'utf8')
  for (const name of ['libp2p', 'hono', 'msgpackr', 'libsecp256k1', '@noble/curves'])
    expect(notices).toContain(`\n${name} `)
})

test('says its version and makes keys', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  expect((await run(command, ['--version'], { env: env() })).stdout).toBe(`${version}\n`)
  expect((await run(command, ['genkey'], { env: env() })).stdout).toMatch(/^Secret Key:\nnsec1/)
})

test('runs a node that answers and stops, and leaves its data where it said', async () => {
  const port = await freePortPair()
  const child = spawn(command, ['server', '-l', `127.0.0.1:${port}`], { env: env(), stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  const exit = new Promise(done => child.once('close', done))
  try {
    const health = await until('an answer', () => fetch(`http://127.0.0.1:${port + 1}/healthz`))
    expect(health.status).toBe(200)
    const metrics = await fetch(`http://127.0.0.1:${port + 1}/metrics`)
    expect({ status: metrics.status, text: (await metrics.text()).includes('nostrp2p') }).toEqual({
      status: 200,
      text: true,
    })
  } finally {
    child.kill('SIGTERM')
  }
  expect({ code: await exit, printed }).toMatchObject({ code: 0 })
  expect(printed).toContain('this node is unclaimed')
  if (process.platform === 'linux') {
    const directory = join(prefix, '.local/share/nostrp2p/default')
    expect(existsSync(directory) && (await readdir(directory)).sort()).toEqual([
      'devices.json',
      'node.key',
      'store',
      'token',
    ])
  }
})

test('has what is loaded when it is asked for: the checks of doctor, pushes, export and import', async () => {
  const alice = personFrom('alice')
  const port = await freePortPair()
  const origin = `http://127.0.0.1:${port + 1}`
  const flags = ['-l', `127.0.0.1:${port}`, '-p', alice.pubkey, '--data-dir', join(prefix, 'page')]
  const child = spawn(command, ['server', ...flags], { env: env(), stdio: 'ignore' })
  const exit = new Promise(done => child.once('close', done))
  try {
    await until('an answer', () => fetch(`${origin}/healthz`))
    expect(await (await fetch(`${origin}/push`)).json()).toMatchObject({
      publicKey: expect.stringMatching(/^[\w-]{87}$/),
    })
    const json = { 'content-type': 'application/json' }
    const found = await fetch(`${origin}/doctor`, { method: 'POST', headers: json, body: '{}' })
    expect((await found.text()).split('\n')[0]).toContain('"check":"node"')
    const event = JSON.stringify(signNow(alice, { content: 'brought along' }))
    await writeFile(join(prefix, 'mine.jsonl'), `${event}\n`)
    const brought = await run(command, ['import', join(prefix, 'mine.jsonl'), '--url', origin], { env: env() })
    expect(brought.stdout).toBe('1 new event, of 1 line.\n')
    const written = await run(command, ['export', '--url', origin], { env: env() })
    expect(JSON.parse(written.stdout)).toEqual(JSON.parse(event))
  } finally {
    child.kill('SIGTERM')
  }
  await exit
})

test('is a relay for any client, whom its owner lets in on a page', async () => {
  const [alice, bob] = [personFrom('alice'), personFrom('bob')]
  const port = await freePortPair()
  const origin = `http://127.0.0.1:${port + 1}`
  const flags = ['-l', `127.0.0.1:${port}`, '-p', alice.pubkey, '--relay-reads', 'anyone', '--relay-writes', 'listed']
  const child = spawn(command, ['server', ...flags, '--data-dir', join(prefix, 'relay')], {
    env: env(),
    stdio: 'ignore',
  })
  const exit = new Promise(done => child.once('close', done))
  const cleanUp = createCleanUp()
  try {
    await until('an answer', () => fetch(`${origin}/healthz`))
    const information = await fetch(origin, { headers: { accept: 'application/nostr+json' } })
    expect(await information.json()).toMatchObject({
      version: expect.any(String),
      limitation: { auth_required: false },
    })
    const owner = await connectRelay(cleanUp, origin)
    const guest = await connectRelay(cleanUp, origin, { headers: FROM_ELSEWHERE, perMessageDeflate: true })
    const post = signNow(alice, { content: 'built, packed and installed' })
    expect(await owner.publish(post)).toEqual({ ok: true, text: '' })
    expect(await guest.subscribe('words', { search: 'packed' })).toEqual([post])
    const others = signNow(bob, { content: 'may I?' })
    expect((await guest.publish(others)).text).toMatch(/^restricted: /)
    expect((await guest.authenticate(bob, origin.replace('http', 'ws'))).ok).toBe(true)

    const form = new URLSearchParams({ do: 'allowpubkey', value: npubOf(bob.pubkey), reason: 'a friend' })
    const done = await fetch(`${origin}/relay`, { method: 'POST', body: form, headers: { origin } })
    expect({ status: done.status, text: await done.text() }).toMatchObject({ status: 200 })
    expect(await (await fetch(`${origin}/relay`)).text()).toContain('a friend')
    expect(await guest.publish(others)).toMatchObject({ ok: true, text: expect.stringMatching(/^kept at this relay/) })
    expect(await owner.count({ kinds: [1] })).toBe(2)
  } finally {
    await cleanUp.run()
    child.kill('SIGTERM')
  }
  expect(await exit).toBe(0)
})
