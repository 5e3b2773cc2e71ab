/** `nostrp2p server` as a process: what a node that is restarted from its page has around it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { CleanUp } from '../../support/clean-up.ts'
import { createRestClient, type RestClient } from '../../support/rest-client.ts'
import { until } from '../../support/until.ts'

export interface ServedProcess {
  readonly origin: string
  /** With the token. */
  readonly clientUrl: string
  readonly client: RestClient
}

export interface ServedProcessOptions {
  readonly port: number
  readonly dataDir: string
  /** False: where to listen the settings of the page say. */
  readonly listens?: boolean
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const LAUNCH = resolve(import.meta.dirname, '../../../src/launch.js')

/** Waits until it has started. */
export async function serveProcess(
  cleanUp: CleanUp,
  { port, dataDir, listens = true, flags = [], env = {} }: ServedProcessOptions,
): Promise<ServedProcess> {
  const args = ['server', '--data-dir', dataDir, '--mdns=false', '--port-mapping=false', '--json', ...flags]
  if (listens) args.push('-l', `127.0.0.1:${port}`)
  const child = spawn(process.execPath, [LAUNCH, ...args], { env: { PATH: process.env.PATH, ...env } })
  const ended = once(child, 'exit')
  cleanUp.add(async () => {
    child.kill()
    await ended
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  child.stderr.setEncoding('utf8').on('data', piece => {
    text += piece
  })
  const line = await until(`the start of the node (${text})`, () => {
    if (child.exitCode !== null) throw new Error(`it ended: ${text}`)
    return text.split('\n').find(one => one.includes('"clientUrl"'))
  })
  const { clientUrl } = JSON.parse(line) as { clientUrl: string }
  const origin = `http://127.0.0.1:${port + 1}`
  return { origin, clientUrl, client: createRestClient(origin) }
}
