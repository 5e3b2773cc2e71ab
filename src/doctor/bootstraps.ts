/** Each bootstrap: its name is known, it answers, it is a node of this network, and not this one. */
import { addressWords } from '../words/activity-lines.ts'
import { plain } from '../words/plain-text.ts'
import { type Check, type Finding, fail, pass, warn } from './check.ts'
import type { Examined, Visited } from './examined.ts'

export const bootstrapsCheck: Check = {
  name: 'bootstrap',
  label: 'bootstrap',
  async look(examined) {
    const { bootstraps } = examined
    if (bootstraps.length === 0) return [none(examined)]
    const findings = await Promise.all(bootstraps.map(visited => look(visited, examined)))
    // One that is away is a matter of redundancy, as long as another answers or the node is connected anyway.
    const isJoined = findings.some(({ state }) => state === 'pass') || (examined.own?.peers.length ?? 0) > 0
    return findings.map(finding => (finding.state === 'fail' && isJoined ? { ...finding, state: 'warn' } : finding))
  },
}

function none({ own, others }: Examined): Finding {
  if ((own?.peers.length ?? 0) > 0) return pass('none given, and the node has found others')
  if (others.length > 0) return pass('none given; the node knows others from before')
  return warn('none given', 'Give one with -b host:port, unless this node is to be the first of a network.')
}

async function look({ address, outcome }: Visited, { directory }: Examined): Promise<Finding> {
  const subject = addressWords(address.replace(/\/p2p\/[^/]+$/, ''))
  const visit = await outcome
  if ('failed' in visit) {
    const reason = plain(visit.failed, 80)
    const details = { address, reason }
    return { subject, ...fail(`cannot be reached: ${reason}`, adviceFor(reason), details) }
  }
  const { node, agent, roundTripMs } = visit
  const details = { address, node, agent, roundTripMs }
  if (node === directory.node) {
    return { subject, ...warn('is this node itself', 'Leave that -b out, or name another node there.', details) }
  }
  return { subject, ...pass(`answers in ${Math.max(1, Math.round(roundTripMs))} ms (${plain(agent, 40)})`, details) }
}

function adviceFor(reason: string): string {
  if (/name is not known/.test(reason)) return 'Look for a slip in the name, and whether this machine resolves names.'
  if (/no node/.test(reason)) return 'Look at the port: a program answers there, but none of this network.'
  if (/nothing listens/.test(reason))
    return 'Ask its operator whether it runs at that port, or give another one with -b.'
  return 'Look at address, port and firewalls, and whether this machine is online; or give another one with -b.'
}
