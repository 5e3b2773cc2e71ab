/** The simplest access there is: whoever is the owner reads everything, others nothing. */
import { type Rejection, reject } from '../event/rejection.ts'
import type { Access } from './session.ts'

export function createOwnerOnly(owner: () => string | undefined): Access {
  const unclaimed = reject(
    'unclaimed',
    'This node has no owner yet. Claim it first: open the link that the node printed at its start.',
  )
  return {
    visitor({ trusted, pubkeys, address }) {
      const isOwner = trusted || pubkeys.has(owner() ?? '')
      return { role: isOwner ? 'owner' : pubkeys.size > 0 ? 'guest' : 'stranger', pubkeys, address }
    },
    mayAsk({ role }): Rejection | undefined {
      if (owner() === undefined) return unclaimed
      if (role === 'owner') return undefined
      if (role === 'stranger') return reject('auth-required', 'Only the owner of this node may read it.')
      return reject('restricted', 'Only the owner of this node may read it.')
    },
    viewOf: () => () => true,
  }
}
