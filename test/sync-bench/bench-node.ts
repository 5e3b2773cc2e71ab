/** A node in a process of its own, as the measurement sees it. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import type { Workspace } from '../bench/workspace.ts'
import type { Answers, FromNode, Order, ToNode } from './messages.ts'

const HOST = new URL('./node-host.ts', import.meta.url)

export interface BenchNode {
  readonly peer: string
  readonly address: string
  /** All its threads on this core from now on. Throws where `taskset` is not there. */
  pin(core: number): void
  tell<What extends Order['do']>(order: Extract<Order, { do: What }>): Promise<Answers[What]>
  stop(): Promise<void>
}

export interface BenchNodeOptions {
  readonly dataDir: string
  readonly maxEvents: number
  readonly bootstrap?: string
}

export async function startBenchNode(workspace: Workspace, options: BenchNodeOptions): Promise<BenchNode> {
  const child = workspace.fork(HOST)
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()
  let last = 0
  child.on('message', (message: FromNode) => {
    const { resolve, reject } = waiting.get(message.to)!
    waiting.delete(message.to)
    if ('failed' in message) reject(new Error(message.failed))
    else resolve(message.answer)
  })
  child.once('exit', code => {
    for (const { reject } of waiting.values()) reject(new Error(`a node ended with ${code}`))
  })
  const tell = <What extends Order['do']>(order: Extract<Order, { do: What }>): Promise<Answers[What]> =>
    new Promise((resolve, reject) => {
      const message: ToNode = { number: ++last, order }
      // The answer is of the kind that was asked for.
      waiting.set(message.number, { resolve: answer => resolve(answer as Answers[What]), reject })
      child.send(message)
    })
  const { peer, address } = await tell<'start'>({ do: 'start', bootstrap: '', ...options })
  return {
    peer,
    address,
    pin: core => void execFileSync('taskset', ['-acp', `${core}`, `${child.pid}`], { stdio: 'ignore' }),
    tell,
    async stop() {
      await tell<'stop'>({ do: 'stop' })
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
