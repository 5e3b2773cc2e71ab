/** Whether others get in at this node's side, as others have tried. */
import type { ReachabilityStatus } from '../wire/node-status.ts'
import { addressWords } from '../words/activity-lines.ts'
import { count } from '../words/plain-text.ts'
import { ASK_OUTSIDE, type Check, type Finding, fail, pass, warn } from './check.ts'
import type { WayInState } from './way-in.ts'

export const reachabilityCheck: Check = {
  name: 'reachability',
  label: 'reachability',
  async look({ config, own, wayIn }) {
    const { port } = config.listen
    return [own === undefined ? ofPlace(await wayIn, port) : ofNode(own.reachability, port)]
  },
}

function ofNode({ state, addresses, relays }: ReachabilityStatus, port: number): Finding {
  const details = { state, addresses, relays }
  switch (state) {
    case 'public':
      return pass(`others get in at ${places(addresses)}`, details)
    case 'mapped':
      return pass(`others get in at ${places(addresses)}, which the router has opened`, details)
    case 'relayed':
      return pass(`not directly, but through ${count(relays.length, 'helper node')}`, details)
    case 'unreachable':
      return fail('others do not get in, and no helper node has a place for this node', opening(port), details)
    case 'unknown':
      return warn('not known: nobody outside of this network has tried', ASK_OUTSIDE, details)
  }
}

function ofPlace(way: WayInState, port: number): Finding {
  switch (way.state) {
    case 'open':
      return pass(`others get in at ${places(way.addresses)}`, { state: 'public', addresses: way.addresses })
    case 'local': {
      const details = { state: 'local', addresses: way.addresses }
      const finding = `nodes of this network get in at ${places(way.addresses)}; nobody outside has tried`
      return warn(finding, ASK_OUTSIDE, details)
    }
    case 'shut': {
      const seen = way.seen.map(ip => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`).join(', ')
      const details = { state: 'shut', seen: way.seen }
      return warn(`others do not get in at ${seen}; a running node uses helper nodes then`, opening(port), details)
    }
    case 'not-asked':
      return warn(`not known: ${way.why}`, 'Run doctor again when that is mended.', { state: 'unknown' })
  }
}

function opening(port: number): string {
  return `To be reached directly, let the router forward port ${port} (TCP and UDP) to this machine, and open it in firewalls.`
}

function places(addresses: readonly string[]): string {
  return addresses.map(addressWords).join(', ')
}
