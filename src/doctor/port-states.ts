/** Which ports of this machine are free, by trying. */
import { createServer } from 'node:net'

export type PortState = 'free' | 'in-use' | 'not-permitted' | 'no-such-address' | 'other'

/** Of TCP ports at one address, in their order. */
export function portStates(host: string, ports: readonly number[]): Promise<PortState[]> {
  return Promise.all(ports.map(port => stateOf(host, port)))
}

/** Whether it could be listened on now; nothing is accepted meanwhile. */
function stateOf(host: string, port: number): Promise<PortState> {
  const { promise, resolve } = Promise.withResolvers<PortState>()
  const server = createServer()
  server.once('error', (error: NodeJS.ErrnoException) => resolve(PORT_STATES[error.code ?? ''] ?? 'other'))
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')))
  return promise
}

const PORT_STATES: Readonly<Record<string, PortState>> = {
  EADDRINUSE: 'in-use',
  EACCES: 'not-permitted',
  EADDRNOTAVAIL: 'no-such-address',
  ENOTFOUND: 'no-such-address',
}
