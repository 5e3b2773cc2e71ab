/** The test's own process in a namespace, as the test sees it: what it is asked, and connections through it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import type { Namespace } from './namespace.ts'

export interface Packet {
  /** One character per byte. */
  readonly text: string
  readonly address: string
  readonly port: number
}

/** What `inside.ts` does for its master. */
export interface Tasks {
  /** Opens a UDP socket at this port. */
  udpOpen(port: number): Promise<void>
  udpSend(fromPort: number, toPort: number, address: string, text: string): Promise<void>
  /** What has come to the socket at this port. */
  udpReceived(port: number): Promise<Packet[]>
  /** Accepts connections at this port and says nothing. */
  tcpListen(port: number): Promise<void>
  /** `connected`, or the code of the error; `ETIMEDOUT` after this time. */
  tcpTry(port: number, address: string, timeoutMs: number): Promise<string>
  /** Accepts connections at this port and leads each one to this Unix socket. */
  tcpForward(port: number, socketPath: string): Promise<void>
}

export interface Insider extends Tasks {
  /** A connection to a port of the namespace's own loopback, or from there to another machine, by which of its addresses. */
  connect(port: number, address?: string, from?: string): Socket
  leave(): void
}

export type Question = { readonly number: number; readonly task: keyof Tasks; readonly args: readonly unknown[] }
export type Answer =
  | { readonly number: number; readonly result?: unknown; readonly failure?: string }
  | { readonly ready: true }

export async function startInsider(namespace: Namespace, socketPath: string): Promise<Insider> {
  const module = new URL('./inside.ts', import.meta.url).pathname
  const args = ['netns', 'exec', namespace.id, process.execPath, module, socketPath]
  const child = spawn('ip', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await ready(child)
  const ask = createAsk(child)
  return {
    udpOpen: (...given) => ask('udpOpen', given),
    udpSend: (...given) => ask('udpSend', given),
    udpReceived: (...given) => ask('udpReceived', given),
    tcpListen: (...given) => ask('tcpListen', given),
    tcpTry: (...given) => ask('tcpTry', given),
    tcpForward: (...given) => ask('tcpForward', given),
    connect(port, address = '127.0.0.1', from = '') {
      const socket = connect(socketPath)
      socket.write(`${port} ${address} ${from}\n`)
      return socket
    },
    leave: () => void child.kill('SIGKILL'),
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((settle, fail) => {
    child.once('message', () => settle())
    child.once('error', fail)
    child.once('exit', () => fail(new Error('the process in the namespace ended before it was ready')))
  })
}

function createAsk(child: ChildProcess) {
  const open = new Map<number, PromiseWithResolvers<unknown>>()
  let next = 0
  child.on('message', (answer: Answer) => {
    if ('ready' in answer) return
    const { number, result, failure } = answer
    const question = open.get(number)
    open.delete(number)
    if (failure === undefined) question?.resolve(result)
    else question?.reject(new Error(failure))
  })
  child.once('exit', () => {
    for (const question of open.values()) question.reject(new Error('the process in the namespace has ended'))
  })
  return <T>(task: keyof Tasks, args: readonly unknown[]): Promise<T> => {
    const answer = Promise.withResolvers<unknown>()
    open.set(++next, answer)
    child.send({ number: next, task, args } satisfies Question)
    return answer.promise as Promise<T>
  }
}
