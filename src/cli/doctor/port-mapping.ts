/** Whether the router opens a port for this node, where that is needed. */
import { tryPortMapping } from '../../diagnose.ts'
import { type Check, type Finding, pass, warn } from './check.ts'
import type { Examined } from './examined.ts'

const NOBODY_TRIED = 'not asked for: nobody outside of this network has tried to get in'

type Mapping = NonNullable<Examined['own']>['reachability']['mapping']

export const portMappingCheck: Check = {
  name: 'port-mapping',
  label: 'port mapping',
  async look(examined) {
    const { config, own } = examined
    const { port } = config.listen
    if (!config.portMapping) return [pass('switched off (--port-mapping false)', { mapping: null })]
    return [own === undefined ? await ofPlace(examined) : ofNode(own.reachability, port)]
  },
}

function ofNode({ state, mapping }: NonNullable<Examined['own']>['reachability'], port: number): Finding {
  if (mapping !== null || state === 'relayed' || state === 'unreachable') return finding(mapping, port, 'opens')
  if (state === 'public') return pass('not needed: others get in as it is', { mapping })
  return pass(NOBODY_TRIED, { mapping })
}

async function ofPlace({ config, clock, wayIn }: Examined): Promise<Finding> {
  const { host, port } = config.listen
  if (host.startsWith('127.') || host === '::1') return pass('not asked for: -l is an address of this machine only')
  const way = await wayIn
  if (way.state === 'open') return pass('not needed: others get in as it is', { mapping: null })
  if (way.state === 'local') return pass(NOBODY_TRIED, { mapping: null })
  if (way.state === 'not-asked') return pass(`not asked for: ${way.why}`, { mapping: null })
  return finding((await tryPortMapping(port, clock)) ?? null, port, 'would open')
}

function finding(mapping: Mapping, port: number, does: 'opens' | 'would open'): Finding {
  if (mapping !== null) {
    return pass(`the router ${does} ${mapping.address}:${mapping.port} (${mapping.by})`, { mapping })
  }
  return warn(
    'the router opens no port by UPnP or NAT-PMP',
    `Switch on UPnP in the router, or let it forward port ${port} to this machine. Without, helper nodes pass on what is yours.`,
    { mapping },
  )
}
