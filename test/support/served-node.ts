/** `nostrp2p server` in this process: the whole way from its flags, with a restart in it. */
import { run } from '../../src/cli/run.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'
import type { CleanUp } from './clean-up.ts'
import { createRestClient, type RestClient } from './rest-client.ts'
import { until } from './until.ts'

export interface ServedNode {
  readonly port: number
  readonly origin: string
  readonly client: RestClient
  readonly printed: { readonly out: string; readonly err: string }
  /** What the starts so far have printed. */
  starts(): readonly { readonly clientUrl: string; readonly clientOrigin: string }[]
  /** How many starts there were, once there are so many. */
  started(times: number): Promise<void>
  /** The exit code. */
  stop(): Promise<number>
  readonly ended: Promise<number>
}

export interface ServedNodeOptions {
  readonly port: number
  readonly dataDir: string
  /** False: where to listen the settings of the page say. */
  readonly listens?: boolean
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Waits until it has started, or has given up. */
export async function serveNode(
  cleanUp: CleanUp,
  { port, dataDir, listens = true, flags = [], env = {} }: ServedNodeOptions,
): Promise<ServedNode> {
  const stopping = new AbortController()
  const args = ['server', '--data-dir', dataDir, '--mdns=false', '--port-mapping=false', '--json', ...flags]
  if (listens) args.push('-l', `127.0.0.1:${port}`)
  const surroundings = testSurroundings({ args, env, workDir: dataDir, signal: stopping.signal })
  const { printed } = surroundings
  let hasEnded = false
  const ended = run(surroundings).finally(() => {
    hasEnded = true
  })
  const stop = () => {
    stopping.abort()
    return ended
  }
  cleanUp.add(stop)
  const starts = () =>
    printed.out
      .split('\n')
      .filter(line => line.includes('"clientUrl"'))
      .map(line => JSON.parse(line) as { clientUrl: string; clientOrigin: string })
  const started = async (times: number) =>
    void (await until(`start ${times}`, () => {
      if (hasEnded) return true
      return starts().length >= times
    }))
  await started(1)
  const origin = `http://127.0.0.1:${port + 1}`
  return { port, origin, client: createRestClient(origin), printed, starts, started, stop, ended }
}
