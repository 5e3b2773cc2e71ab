/** Ports for processes that cannot be asked which one they took: pairs, for a client side listens on the port after. */
import { createServer } from 'node:net'

/** Below the ports that the system gives to outgoing connections (Linux: from 32,768). */
const FIRST = 10_000
const BLOCKS = 220
const BLOCK_PORTS = 100

let next = 0

/** A port that is free together with the one after it. Test files that run side by side have other process ids. */
export async function freePortPair(): Promise<number> {
  for (let tries = 0; tries < BLOCK_PORTS; tries++) {
    const port = FIRST + (process.pid % BLOCKS) * BLOCK_PORTS + next
    next = (next + 2) % BLOCK_PORTS
    if ((await isFree(port)) && (await isFree(port + 1))) return port
  }
  throw new Error('no pair of free ports was found')
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)))
  })
}
