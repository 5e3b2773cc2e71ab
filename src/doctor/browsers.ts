/** The doors for browsers of a node that others reach: whether they come in there. */
import { type Check, type Finding, pass, warn } from './check.ts'
import type { Examined } from './examined.ts'

export const browsersCheck: Check = {
  name: 'browsers',
  label: 'browsers',
  look: ({ config, own }) => [own === undefined ? ofPlace(config) : ofNode(own, config)],
}

function ofPlace({ browsers: { when, port } }: Examined['config']): Finding {
  if (when === 'off') return pass('switched off (--browsers off)')
  return pass(`let in at port ${port} ${when === 'on' ? 'once the node runs' : 'where other nodes reach this one'}`)
}

function ofNode(
  { browsers, reachability }: NonNullable<Examined['own']>,
  { browsers: { port } }: Examined['config'],
): Finding {
  const details = browsers
  switch (browsers?.state) {
    case undefined:
      return pass('not known to this version of the node')
    case 'off':
      return pass('switched off (--browsers off)', { ...details })
    case 'open':
      return pass(`let in at port ${browsers.port}`, { ...details })
    case 'untried':
      return warn(
        `nobody from outside has come to port ${browsers.port} yet`,
        `If that stays so, let the firewall pass port ${browsers.port} on TCP and UDP, so that people away from home find their nodes through this one.`,
        { ...details },
      )
    case 'shut':
      if (reachability.state !== 'public') return pass('not let in: other nodes do not reach this one', { ...details })
      return warn(`port ${port} is not to be had`, 'Choose another one with --browser-port.', { ...details })
  }
}
