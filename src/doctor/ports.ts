/** The ports of the node: its own already, or free for it. */
import type { Config } from '../config.ts'
import { type Check, type Finding, fail, pass } from './check.ts'
import type { Examined } from './examined.ts'
import type { PortState } from './port-states.ts'

export const portsCheck: Check = {
  name: 'ports',
  label: 'ports',
  look(examined) {
    const { config, own, ports: states } = examined
    const { host, port } = config.listen
    if (port === 0) return [pass('free ones are taken at each start (-l with port 0)')]
    const ports = [port, config.clientPort]
    const details = { host, overlay: { port, state: states[0] }, client: { port: config.clientPort, state: states[1] } }
    const words = `${port} (other nodes) and ${config.clientPort} (clients)`
    // Its answer came from the client port, and its data directory is this one.
    if (own !== undefined && states[0] === 'in-use') return [{ ...pass(`${words} are this node's`), details }]
    const bad = states.findIndex(state => state !== 'free')
    if (bad === -1) return [{ ...pass(`${words} are free`), details }]
    return [{ ...trouble(states[bad]!, config, ports[bad]!, examined), details }]
  },
}

function trouble(state: PortState, { listen }: Config, port: number, { found }: Examined): Finding {
  const elsewhere = `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port >= 60_000 ? 20_100 : listen.port + 100}`
  switch (state) {
    case 'in-use': {
      const who = found.state === 'none' ? 'another program' : 'another node'
      return fail(`port ${port} is already used by ${who}`, `Start with -l ${elsewhere}, or stop that ${who.slice(8)}.`)
    }
    case 'not-permitted':
      return fail(
        `port ${port} may not be used by this user`,
        `Start with a port above 1023, such as -l ${listen.host}:20000.`,
      )
    case 'no-such-address':
      return fail(
        `this machine has no address ${listen.host}`,
        `Start with -l 0.0.0.0:${listen.port} for all its addresses, or -l 127.0.0.1:${listen.port} for this machine only.`,
      )
    default:
      return fail(`port ${port} cannot be listened on`, `Start with another address, such as -l ${elsewhere}.`)
  }
}
