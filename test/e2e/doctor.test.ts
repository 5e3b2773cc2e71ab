/** `nostrp2p doctor` as it is installed: output, exit codes, another user's directory (specification/doctor.md, D1). */
import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePortPair } from '../support/ports.ts'
import { createProcesses, type NodeProcess, type Processes } from '../support/processes.ts'
import { until } from '../support/until.ts'

let processes: Processes
let boot: NodeProcess

beforeEach(async () => {
  processes = await createProcesses()
  boot = await processes.started('boot', { owner: ['-w', 'false'] })
})

afterEach(() => processes?.endAll())

async function doctor(args: readonly string[], node?: NodeProcess) {
  const run = processes.command(['doctor', ...args], node === undefined ? {} : { dataHome: node.dataHome })
  const { code } = await run.exit
  return { code, stdout: run.stdout(), stderr: run.stderr() }
}

it('beside a running node: every check in its line, exit code 0, and the node does not notice', async () => {
  const ann = await processes.started('ann', { boot: [boot] })
  await until('a neighbour', async () => (await ann.client.status()).peers.length > 0)
  const { code, stdout, stderr } = await doctor(['-l', ann.address], ann)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const found = [...stdout.matchAll(/^(pass|warn|FAIL) {2}(\S+(?: \S+)?) {2}/gm)].map(([, state, label]) => [
    label,
    state,
  ])
  expect(found.map(([label]) => label?.trim())).toEqual([
    'node',
    'clock',
    'data directory',
    'ports',
    'addresses',
    'bootstrap',
    'NAT',
    'port mapping',
    'reachability',
    'browsers',
    'helper nodes',
    'binding',
  ])
  expect(Object.fromEntries(found)).toMatchObject({ node: 'pass', clock: 'pass', ports: 'pass', bootstrap: 'pass' })
  expect(stdout).toMatch(/^pass {2}node +running for \d+ seconds?, connected to 1 other node$/m)
  expect(stdout).toMatch(/\n\nIt works; \d+ things? to look at\.\n$/)
  expect((await ann.client.status()).peers.length).toBe(1)
})

it('D1.1, D1.5: one object a line with --json, and exit code 1 when something fails', async () => {
  const port = await freePortPair()
  const away = await freePortPair()
  const { code, stdout } = await doctor(['-l', `127.0.0.1:${port}`, '-b', `127.0.0.1:${away}`, '--json'])
  expect(code).toBe(1)
  const lines = stdout.trimEnd().split('\n')
  for (const line of lines) {
    const finding = JSON.parse(line)
    expect(Object.keys(finding)).toEqual(['check', 'subject', 'state', 'finding', 'advice', 'details'])
    expect(finding.advice === null).toBe(finding.state === 'pass')
  }
  expect(lines.map(line => JSON.parse(line)).find(({ state }) => state === 'fail')).toMatchObject({
    check: 'bootstrap',
    subject: `127.0.0.1:${away}`,
    details: { reason: 'nothing listens there' },
  })
})

it('a wrong flag is exit code 2 and one sentence', async () => {
  const { code, stdout, stderr } = await doctor(['--once'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^"doctor" takes no --once; [^\n]*\n$/)
})

it.skipIf(process.geteuid?.() !== 0)(
  'a directory that this user cannot write or read fails, with what to do',
  async () => {
    const launch = processes.command(['version']).child.spawnargs[1]!
    const parent = await mkdtemp(join(tmpdir(), 'nostrp2p-other-'))
    await chmod(parent, 0o755)
    try {
      for (const [mode, words] of [
        [0o755, 'cannot be written'],
        [0o700, 'cannot be read'],
      ] as const) {
        const dataDir = join(parent, String(mode))
        await mkdir(dataDir)
        await chmod(dataDir, mode)
        const args = [
          'doctor',
          '-l',
          `127.0.0.1:${await freePortPair()}`,
          '--data-dir',
          dataDir,
          '--port-mapping',
          'false',
        ]
        const { code, printed } = await asNobody([launch, ...args])
        expect(printed).toMatch(
          new RegExp(`^FAIL {2}data directory {2}${dataDir} ${words}\\n +Change its permissions`, 'm'),
        )
        expect(code).toBe(1)
      }
    } finally {
      await rm(parent, { recursive: true })
    }
  },
)

const NOBODY = 65_534

function asNobody(args: readonly string[]): Promise<{ code: number | null; printed: string }> {
  const child = spawn(process.execPath, args, {
    cwd: '/',
    env: {},
    uid: NOBODY,
    gid: NOBODY,
    stdio: ['ignore', 'pipe', 2],
  })
  let printed = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, printed }))
  })
}
