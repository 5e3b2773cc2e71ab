/** The kind of NAT in front of this machine, as two nodes see it from outside. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { askStun, natKindOf, type StunAnswer, type Visit } from '../diagnose.ts'
import { count } from '../words/plain-text.ts'
import { ASK_OUTSIDE, type Check, pass, warn } from './check.ts'

/** Long enough for three questions to the other side of the world; then a firewall takes them. */
const ANSWER_MS = 2_000

export const natCheck: Check = {
  name: 'nat',
  label: 'NAT',
  async look(examined) {
    const responders = await responderEndpoints(await examined.witnesses)
    if (responders.length === 0) {
      return [
        warn('nobody could be asked', 'Give a bootstrap with -b, two if you know them.', { kind: null, answers: [] }),
      ]
    }
    const signal = AbortSignal.any([examined.signal, AbortSignal.timeout(ANSWER_MS)])
    const answers = await askStun(responders, signal)
    const kind = natKindOf(answers)
    const details = { kind: kind ?? null, asked: responders.length, answers: answers.map(shown) }
    switch (kind) {
      case 'none':
        return [pass('none: other nodes see an address of this machine', details)]
      case 'endpoint-independent':
        return [pass(`endpoint-independent: direct connections to other homes are possible`, details)]
      case 'symmetric':
        return [
          warn(
            'symmetric: the router shows each node another port, so direct connections to other homes fail',
            'Nothing has to be done: helper nodes pass on what is yours. To be direct, let the router forward the port of this node.',
            details,
          ),
        ]
      case 'local':
        return [warn('not known: only nodes of this network answered', ASK_OUTSIDE, details)]
      case 'unknown':
        return [
          warn(
            `there is one; its kind shows when two nodes answer over UDP, and ${count(answers.length, 'node')} did`,
            'Give a second bootstrap with -b to know more.',
            details,
          ),
        ]
      default:
        return [
          warn(
            `no answer over UDP from ${count(responders.length, 'node')} that ${responders.length === 1 ? 'answers' : 'answer'} over TCP`,
            'A firewall may keep UDP back: then direct connections fail, and helper nodes pass on what is yours.',
            details,
          ),
        ]
    }
  },
}

function shown({ responder, seenAs, roundTripMs }: StunAnswer) {
  return { responder: text(responder), seenAs: text(seenAs), roundTripMs: Math.round(roundTripMs) }
}

function text({ address, port }: StunAnswer['seenAs']): string {
  return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
}

/** Public nodes answer STUN on UDP at the port of their overlay. Each once, IPv4 before IPv6. */
async function responderEndpoints(witnesses: readonly Visit[]): Promise<StunAnswer['responder'][]> {
  const found = await Promise.all(witnesses.map(({ address }) => endpointsOf(address)))
  const unique = new Map(found.flat().map(endpoint => [text(endpoint), endpoint]))
  return [...unique.values()].sort((a, b) => isIP(a.address) - isIP(b.address))
}

async function endpointsOf(address: string): Promise<StunAnswer['responder'][]> {
  const match = /^\/(ip4|ip6|dns[46]?)\/([^/]+)\/tcp\/(\d+)/.exec(address)
  if (match === null) return []
  const [, kind, host, port] = match
  const family = kind === 'dns4' ? 4 : kind === 'dns6' ? 6 : 0
  try {
    const { address: ip } = isIP(host!) === 0 ? await lookup(host!, { family, verbatim: false }) : { address: host! }
    return [{ address: ip, port: Number(port) }]
  } catch {
    // The line of this bootstrap says that its name is not known.
    return []
  }
}
