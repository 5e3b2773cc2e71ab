/**
 * Runs in a namespace. Connections to the Unix socket go on to the port and address that the first line names:
 * Unix sockets pass from one namespace to the other, TCP does not. Other tasks come from the master by messages.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, isIPv6, type Socket } from 'node:net'
import type { Answer, Packet, Question, Tasks } from './insider.ts'

const udp = new Map<number, { socket: UdpSocket; received: Packet[] }>()

const tasks: Tasks = {
  async udpOpen(port) {
    const socket = createSocket('udp4')
    const received: Packet[] = []
    socket.on('message', (bytes, from) =>
      received.push({ text: bytes.toString('latin1'), address: from.address, port: from.port }),
    )
    socket.on('error', () => undefined)
    socket.bind(port)
    await once(socket, 'listening')
    udp.set(port, { socket, received })
  },
  async udpSend(fromPort, toPort, address, text) {
    udp.get(fromPort)!.socket.send(Buffer.from(text, 'latin1'), toPort, address)
  },
  async udpReceived(port) {
    return udp.get(port)!.received
  },
  async tcpListen(port) {
    const server = createServer(socket => socket.on('error', () => undefined))
    server.listen({ port, host: '::' })
    await once(server, 'listening')
  },
  async tcpTry(port, host, timeoutMs) {
    const socket = connect({ port, host, family: isIPv6(host) ? 6 : 4 })
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) })
      return 'connected'
    } catch (error) {
      return error instanceof Error && error.name === 'AbortError'
        ? 'ETIMEDOUT'
        : String((error as { code?: unknown }).code)
    } finally {
      socket.on('error', () => undefined)
      socket.destroy()
    }
  },
  async tcpForward(port, socketPath) {
    const server = createServer(near => join(near, connect(socketPath)))
    server.listen(port)
    await once(server, 'listening')
  },
}

process.on('message', async ({ number, task, args }: Question) => {
  try {
    const result = await (tasks[task] as (...given: readonly unknown[]) => Promise<unknown>)(...args)
    answer({ number, result })
  } catch (error) {
    answer({ number, failure: String(error) })
  }
})
// The master is gone.
process.on('disconnect', () => process.exit())

createServer(near => {
  near.on('error', () => near.destroy())
  near.once('data', (first: Buffer) => {
    const end = first.indexOf('\n')
    const [port, host, from] = first.toString('latin1', 0, end).split(' ')
    const far = connect({ port: Number(port), host: host!, localAddress: from || undefined, noDelay: true })
    far.write(first.subarray(end + 1))
    join(near, far)
  })
}).listen(process.argv[2], () => answer({ ready: true }))

function join(near: Socket, far: Socket): void {
  pass(near, far)
  pass(far, near)
}

function pass(from: Socket, to: Socket): void {
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
  from.pipe(to)
}

function answer(message: Answer): void {
  process.send?.(message)
}
