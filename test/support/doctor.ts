/** `nostrp2p doctor` in this process, and places for nodes that it can be told. */
import type { Server } from 'node:net'
import { join } from 'node:path'
import { doctor } from '../../src/cli/doctor.ts'
import { parseInvocation } from '../../src/cli/parse.ts'
import { isMisuse } from '../../src/cli/surroundings.ts'
import { bindingTemplate } from '../../src/event/binding.ts'
import { type Clock, systemClock } from '../../src/observe/clock.ts'
import { testSurroundings } from '../unit/cli/surroundings.ts'
import type { CleanUp } from './clean-up.ts'
import { signedEvent } from './events.ts'
import { freePortPair } from './ports.ts'
import { startTestNode, type TestNode, type TestNodeOptions, temporaryDirectory } from './test-node.ts'

/** One line of `--json`. */
export interface Line {
  readonly check: string
  readonly subject: string | null
  readonly state: 'pass' | 'warn' | 'fail'
  readonly finding: string
  readonly advice: string | null
  readonly details: Record<string, unknown>
}

export interface Lines {
  readonly code: number
  readonly all: readonly Line[]
  /** The first line of a check. */
  of(check: string): Line
}

/** Exit code and text of the command with these arguments. */
export async function runDoctor(
  args: readonly string[],
  { clock = systemClock, env = {} }: { clock?: Clock; env?: Record<string, string> } = {},
): Promise<{ code: number; text: string }> {
  const surroundings = testSurroundings({ args: ['doctor', ...args], env })
  const invocation = parseInvocation(surroundings.args, env)
  if (isMisuse(invocation)) throw new Error(invocation.misuse)
  const code = await doctor(invocation.settings, surroundings, { clock })
  if (isMisuse(code)) throw new Error(code.misuse)
  return { code, text: surroundings.printed.out }
}

export async function doctorLines(args: readonly string[], options?: Parameters<typeof runDoctor>[1]): Promise<Lines> {
  const { code, text } = await runDoctor([...args, '--json'], options)
  const all = text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
  return { code, all, of: check => all.find(line => line.check === check)! }
}

export interface Place {
  readonly port: number
  readonly dataDir: string
  /** The flags that name it. */
  readonly args: readonly string[]
}

export async function freePlace(cleanUp: CleanUp): Promise<Place> {
  const port = await freePortPair()
  const dataDir = join(await temporaryDirectory(cleanUp), 'node')
  return { port, dataDir, args: argsOf(port, dataDir) }
}

/** A node with a client port after its overlay port. */
export async function placedNode(
  cleanUp: CleanUp,
  options: TestNodeOptions,
  givenPort?: number,
): Promise<TestNode & Place> {
  const port = givenPort ?? (await freePortPair())
  const node = await startTestNode(cleanUp, { listen: { host: '127.0.0.1', port }, clientPort: port + 1, ...options })
  const { dataDir } = node.config
  return { ...node, port, dataDir, args: argsOf(port, dataDir) }
}

/** By what it announces it believes that others get in, and so serves as public nodes do. */
export async function publicNode(cleanUp: CleanUp, options: Partial<TestNodeOptions> = {}): Promise<TestNode & Place> {
  const port = await freePortPair()
  const announce = [`/ip4/127.0.0.1/tcp/${port}`]
  return placedNode(cleanUp, { owner: null, writable: false, announce, ...options }, port)
}

function argsOf(port: number, dataDir: string): string[] {
  return ['-l', `127.0.0.1:${port}`, '--data-dir', dataDir]
}

/** The owner signs for the node, for so many seconds. */
export function bind(node: TestNode, seconds?: number) {
  const now = Math.floor(Date.now() / 1000)
  return node.client.publish(signedEvent(node.owner, bindingTemplate(node.node.peerId, now, seconds)))
}

/** A clock that is wrong by so much. */
export const clockAhead = (ms: number): Clock => ({ ...systemClock, nowMs: () => Date.now() + ms })

/** Another program, at this port or any free one. */
export function listening(cleanUp: CleanUp, server: Server, port = 0): Promise<number> {
  cleanUp.add(() => server.close())
  return new Promise(resolve => {
    server.listen({ port, host: '127.0.0.1' }, () => resolve((server.address() as { port: number }).port))
  })
}
