/** Whether the owner has signed for this node, and how long that counts. */
import type { HeldBinding } from '../diagnose.ts'
import { type Check, type Finding, fail, pass, warn } from './check.ts'
import { durationWords } from './clock.ts'

export const bindingCheck: Check = {
  name: 'binding',
  label: 'binding',
  look(examined) {
    const { config, clock, directory, own, store } = examined
    const nowMs = clock.nowMs()
    const owner = own === undefined ? (directory.owner ?? null) : own.owner
    const held: HeldBinding | undefined = own?.binding ?? (store.state === 'read' ? store.binding : undefined)
    const details = { owner, state: held?.state ?? null, expires: held?.expires ?? null }
    if (owner === null) {
      if (!config.writable) return [pass('none needed: this node belongs to nobody (-w false)', details)]
      if (own === undefined && config.owner !== undefined)
        return [warn('none yet: the node has not started', SIGN, details)]
      const advice =
        'Open the claim address that the node prints in your client and sign once, or start with -p <npub>.'
      return [warn('nobody owns this node yet', advice, details)]
    }
    if (store.state === 'none' && own === undefined) return [warn('none yet: the node has not started', SIGN, details)]
    if (held === undefined) {
      return [warn('could not be looked at', 'Run doctor with the flags of the node, while it runs.', details)]
    }
    return [findingOf(held, nowMs, details)]
  },
}

const SIGN = 'Run "nostrp2p bind" on a machine that has your secret key, or sign in your client.'

function findingOf({ state, expires }: HeldBinding, nowMs: number, details: Finding['details']): Finding {
  const day = expires?.slice(0, 10)
  switch (state) {
    case 'valid':
      return pass(`valid until ${day}`, details)
    case 'expires-soon':
      return warn(`ends in ${durationWords(Date.parse(expires!) - nowMs)}, on ${day}`, SIGN, details)
    case 'expired':
      return fail(`ended on ${day}: others need not believe whose node this is`, SIGN, details)
    case 'withdrawn':
      return fail('withdrawn by the owner: nothing that is addressed to the owner comes here', SIGN, details)
    case 'none':
      return warn("none: others have only this node's word for whose it is", SIGN, details)
  }
}
