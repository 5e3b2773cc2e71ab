/** The places on relays of a node that cannot be reached directly; for people, helper nodes. */
import { count } from '../words/plain-text.ts'
import { type Check, type Finding, fail, pass, warn } from './check.ts'
import type { Examined } from './examined.ts'

/** One may vanish while the other carries on. */
const WANTED = 2

export const relaysCheck: Check = {
  name: 'relays',
  label: 'helper nodes',
  async look(examined) {
    return [examined.own === undefined ? await ofPlace(examined) : ofNode(examined.own.reachability)]
  },
}

const MORE = 'Give more bootstraps with -b: public nodes among them become helper nodes.'

function ofNode({ state, relays }: NonNullable<Examined['own']>['reachability']): Finding {
  const details = { held: relays }
  if (state === 'public' || state === 'mapped') return pass('none needed: others get in directly', details)
  if (relays.length >= WANTED) return pass(`${relays.length} keep a place for this node`, details)
  if (relays.length === 1) {
    return warn('one keeps a place for this node; when it goes, others do not get in for a while', MORE, details)
  }
  if (state === 'unreachable') return fail('none keeps a place for this node', MORE, details)
  return pass('none asked for yet', details)
}

async function ofPlace({ wayIn, witnesses }: Examined): Promise<Finding> {
  const offering = (await witnesses).filter(({ isRelay }) => isRelay).map(({ node }) => node)
  const details = { offering }
  if ((await wayIn).state === 'open') return pass('none needed: others get in directly', details)
  if (offering.length > 0)
    return pass(`${count(offering.length, 'node')} would help a node that others do not get in to`, details)
  return warn('no node is known that would be one', MORE, details)
}
