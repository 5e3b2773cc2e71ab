/** The process edge: arguments and environment in, signals → one AbortController, exit code out. */
import { homedir } from 'node:os'
import { run } from './cli/run.ts'
import { createSecretInput } from './cli/secret-input.ts'
import type { Output } from './cli/surroundings.ts'
import { messageOf } from './observe/log.ts'

/** A node stops within this; whatever still hangs then is left behind. */
const STOP_MS = 5_000
/** A reader that takes longer than this after the end is not reading. */
const FLUSH_MS = 1_000
/** npm passes a Ctrl-C on although the terminal sent it to everybody already: the same signal twice is one. */
const SAME_SIGNAL_MS = 100
/** Unread output beyond this is dropped rather than kept in memory. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024

/**
 * Node cuts small buffers from larger ones, of 64 KiB since version 24: whatever keeps one of them for long (the key of a
 * peer) keeps all of it. With this size, Node 22's, that is an eighth, and an event costs the same CPU time.
 */
export const BUFFER_POOL_BYTES = 8 * 1024

export async function main(): Promise<void> {
  Buffer.poolSize = BUFFER_POOL_BYTES
  const args = process.argv.slice(2)
  const details = args.some(arg => arg === '-d' || arg === '--debug') || Boolean(process.env.NOSTRP2P_DEBUG)
  // libp2p ends every chunk of bytes with an error of its own; looking its stack up took 6 % of a busy node's time.
  if (!details) Error.stackTraceLimit = 0
  const stopping = new AbortController()
  process.on('uncaughtException', error => crash(error, details))
  onSignals(stopping)
  const outputs = { out: outputOf(process.stdout, stopping), err: outputOf(process.stderr, stopping) }
  process.exitCode = await run({
    args,
    env: process.env,
    ...outputs,
    input: createSecretInput(() => process.stdin, outputs.err, stopping.signal),
    piped: () => process.stdin,
    writeWhole: bytes => writeWhole(process.stdout, bytes, stopping.signal),
    platform: process.platform,
    homeDir: homedir(),
    workDir: process.cwd(),
    signal: stopping.signal,
  })
  // gossipsub leaves a timer of up to a second behind: nothing is waited for but the output.
  setTimeout(() => process.exit(), FLUSH_MS).unref()
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit()
}

/** Ends when everything written so far was handed to the reader, or there is no reader any more. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => {
    stream.write('', () => resolve())
  })
}

/** The first signal asks for a clean stop, a second one ends the process at once. */
export function onSignals(stopping: AbortController): void {
  let firstMs = 0
  const onSignal = () => {
    if (!stopping.signal.aborted) {
      firstMs = performance.now()
      setTimeout(() => {
        process.stderr.write(`nostrp2p did not stop within ${STOP_MS / 1000} seconds and was ended.\n`)
        process.exit(1)
      }, STOP_MS).unref()
      stopping.abort()
    } else if (performance.now() - firstMs > SAME_SIGNAL_MS) {
      process.exit(1)
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('SIGHUP', onSignal)
}

/** A reader that goes away (`| head`) is a wish to stop, not an error. */
function outputOf(stream: NodeJS.WriteStream, stopping: AbortController): Output {
  let open = true
  stream.on('error', () => {
    open = false
    stopping.abort()
  })
  return {
    write(text) {
      if (open && stream.writableLength < MAX_UNREAD_BYTES) stream.write(text)
    },
    isTerminal: stream.isTTY === true,
  }
}

/** @throws when there is no reader any more */
function writeWhole(stream: NodeJS.WriteStream, bytes: Uint8Array, stopped: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  if (stopped.aborted) reject(new Error('it was stopped'))
  stream.write(bytes, error => (error ? reject(error) : resolve()))
  return promise
}

/** A bug: one sentence, and the stack only for somebody who asked for details. */
function crash(error: unknown, details: boolean): void {
  const stack = details && error instanceof Error ? `\n${error.stack}` : ''
  const hint = details ? '' : ' Start with -d for details.'
  process.stderr.write(`nostrp2p stopped because of a fault in the program: ${messageOf(error)}.${hint}${stack}\n`)
  process.exit(1)
}
