/** Whether the router opens a port for this node, where that is needed. */
import { tryPortMapping } from '../diagnose.ts'
import { type Check, type Finding, pass, warn } from './check.ts'
import type { Examined } from './examined.ts'

const NOBODY_TRIED = 'not asked for: nobody outside of this network has tried to get in'

type Mapping = NonNullable<NonNullable<Examined['own']>['reachability']['mapping']>

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

/** As the running node knows it: what it asked the router, and what came of that. */
function ofNode({ state, mapping, router }: NonNullable<Examined['own']>['reachability'], port: number): Finding {
  const details = { mapping, router }
  switch (router) {
    case 'mapped':
      return mapping === null ? pass('the router opens a port', details) : opened(mapping, 'opens', details)
    case 'refused':
      return shut('the router was asked by NAT-PMP and UPnP and opens no port, or does not answer', port, details)
    case 'asking':
      return warn('the router is being asked, and has not answered yet', 'Run doctor again in a minute.', details)
    case 'unasked':
      if (state === 'public') return pass('not needed: others get in as it is', details)
      if (state === 'unknown') return pass(NOBODY_TRIED, details)
      return pass('switched off at the running node (--port-mapping false)', details)
  }
}

async function ofPlace({ config, clock, wayIn }: Examined): Promise<Finding> {
  const { host, port } = config.listen
  if (host.startsWith('127.') || host === '::1') return pass('not asked for: -l is an address of this machine only')
  const way = await wayIn
  if (way.state === 'open') return pass('not needed: others get in as it is', { mapping: null })
  if (way.state === 'local') return pass(NOBODY_TRIED, { mapping: null })
  if (way.state === 'not-asked') return pass(`not asked for: ${way.why}`, { mapping: null })
  const mapping = (await tryPortMapping(port, clock)) ?? null
  const details = { mapping }
  return mapping === null
    ? shut('the router opens no port by UPnP or NAT-PMP', port, details)
    : opened(mapping, 'would open', details)
}

function opened({ address, port, by }: Mapping, does: 'opens' | 'would open', details: Finding['details']): Finding {
  return pass(`the router ${does} ${address}:${port} (${by})`, details)
}

function shut(how: string, port: number, details: Finding['details']): Finding {
  const advice = `Switch on UPnP in the router, or let it forward port ${port} to this machine. Without, helper nodes pass on what is yours.`
  return warn(how, advice, details)
}
