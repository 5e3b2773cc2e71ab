/** `connect`: the owner's node, wherever it is, at a port of this machine. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Connector, createConnector, isPairedBy } from '../connect/connector.ts'
import type { Whereabouts } from '../connect/finder.ts'
import { type Kept, openKept } from '../connect/kept.ts'
import { npubOf } from '../event/keys.ts'
import { isRejection } from '../event/rejection.ts'
import { systemClock } from '../observe/clock.ts'
import { messageOf } from '../observe/log.ts'
import { AGENT, VERSION } from '../version.ts'
import { type PairingCode, parsePairingCode } from '../wire/pairing-code.ts'
import { clockTime, shortPath } from '../words/plain-text.ts'
import { awayWords, refusedWords, wayWords } from './connect-words.ts'
import { createConsoleLog } from './console-log.ts'
import { dataFolder } from './data-dir.ts'
import { createInk } from './ink.ts'
import { isOn, numberOf, type Settings, textOf } from './parse.ts'
import { pathOf } from './server-config.ts'
import { EXIT, isMisuse, type Misuse, misuse, type Surroundings } from './surroundings.ts'

/** Where a node of this machine would answer: apps need not be told another address. */
const DEFAULT_PORT = 20_001
const FOLDER = 'connect'
const MAX_NAME = 60

/** Runs until the signal comes; returns the exit code, or what is wrong with the command line. */
export async function connect(
  text: string | undefined,
  settings: Settings,
  surroundings: Surroundings,
): Promise<number | Misuse> {
  const port = numberOf(settings, 'port', 1, 65_535)
  if (isMisuse(port)) return port
  const code = text === undefined ? undefined : parsePairingCode(text)
  if (isRejection(code)) return misuse(code.reason)
  const { env, platform, homeDir, err } = surroundings
  const given = textOf(settings, 'data-dir')
  const dataDir = given === undefined ? join(dataFolder(platform, env, homeDir), FOLDER) : pathOf(given, surroundings)
  try {
    const kept = await openKept(dataDir)
    if (code === undefined && kept.node === undefined) {
      return misuse(
        'This device is not paired with a node yet. Get a code by "nostrp2p pair" on the machine of the node, or on its page under devices, and run: nostrp2p connect <pairing code>',
      )
    }
    return await forward(
      { kept, code, port: port ?? DEFAULT_PORT, dataDir, debug: isOn(settings.get('debug')) },
      surroundings,
    )
  } catch (error) {
    err.write(`${faultWords(error, port ?? DEFAULT_PORT)}\n`)
    return EXIT.failed
  }
}

interface Wanted {
  readonly kept: Kept
  readonly code: PairingCode | undefined
  readonly port: number
  readonly dataDir: string
  readonly debug: boolean
}

async function forward({ kept, code, port, dataDir, debug }: Wanted, surroundings: Surroundings): Promise<number> {
  const { out, err, env, homeDir, signal } = surroundings
  const ink = createInk(out.isTerminal, env)
  const clock = systemClock
  const log = createConsoleLog(err, { debug, ink: createInk(err.isTerminal, env), clock })
  const isNew = code !== undefined && !isPairedBy(code, kept.node)
  let outcome: number = EXIT.ok
  let now: Whereabouts = { state: 'looking' }
  let shown = ''
  const line = (sentence: string) => {
    // The same again is no news: the tries to reach a node that is off go on for days.
    if (sentence === shown) return
    shown = sentence
    out.write(`${ink.quiet(clockTime(clock.nowMs()))}  ${sentence}\n`)
  }
  const { promise: wrong, resolve: giveUp } = Promise.withResolvers<void>()

  function fail(sentence: string): void {
    outcome = EXIT.failed
    err.write(`${sentence}\n`)
    giveUp()
  }

  function onChange(next: Whereabouts): void {
    const last = now
    now = next
    if (next.state === 'looking' && last.state === 'connected')
      line('the way to your node broke; looking for another one …')
    else if (next.state === 'connected') line(wayWords(next.kind))
    else if (next.state === 'refused') fail(refusedWords(next.reason))
    else if (next.state === 'away') {
      // Whoever pairs has just been handed the code: an address that is another node's by now is no reason to wait.
      if (isNew && next.reason === 'wrong-node') fail(awayWords(next.reason))
      else line(`${awayWords(next.reason)} It is tried again, for as long as this runs.`)
    }
  }

  const connector: Connector = await createConnector({
    kept,
    code: isNew ? code : undefined,
    name: `connect on ${hostname()}`.slice(0, MAX_NAME),
    agent: `${AGENT} connect`,
    port,
    onChange,
    whyNot: () =>
      now.state === 'away' ? awayWords(now.reason) : 'Your node is being looked for. Try again in a moment.',
    clock,
    log,
  })
  const owner = (isNew ? code : kept.node)?.owner
  const rows = [
    `nostrp2p ${VERSION}`,
    '',
    `  node      ${connector.node}`,
    ...(owner === null || owner === undefined ? [] : [`  owner     ${npubOf(owner)}`]),
    `  here      ${ink.accent(`http://127.0.0.1:${connector.port}`)}  give this address to your app; it is for this machine only`,
    `  data      ${shortPath(dataDir, homeDir)}`,
    '',
  ]
  out.write(`${rows.join('\n')}\n`)
  const stopped = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
  if (!signal.aborted) await Promise.race([connector.run(), stopped, wrong])
  await connector.stop()
  return outcome
}

function faultWords(error: unknown, port: number): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EADDRINUSE') {
    return `Port ${port} is already used by another program, perhaps by a node on this machine. Start with --port ${port === DEFAULT_PORT ? 20_101 : DEFAULT_PORT}, or stop that program.`
  }
  if (code === 'EACCES')
    return `Port ${port} may not be used by this user. Start with a port above 1023: --port ${DEFAULT_PORT}.`
  return messageOf(error)
}
