/** How it stands between this page and its node: who is in, whose node it is, and what is in the way. */
import { type ReadonlySignal, signal } from '@preact/signals'
import { pubkeyOf } from '../../event/npub.ts'
import type { BindingReport } from '../../wire/binding-report.ts'
import type { PairingCode } from '../../wire/pairing-code.ts'
import type { Version } from '../../wire/version.ts'
import { readDevice, writeDevice } from '../keep/device.ts'
import { type NodeAddress, plainPath, tokenOf } from '../node/address.ts'
import { type Call, createCall, jsonOf } from '../node/call.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import type { Finder } from '../way/finder.ts'
import type { PairFault } from '../way/pair.ts'
import { clockAhead } from './clock.ts'
import { createNodeWay } from './node-way.ts'

export type Stage =
  /** Nothing is known yet. */
  | { readonly at: 'arriving' }
  /**
   * The node asks for a token; `wasWrong`: it did not know the one that was given. `isPublicPage`: its page is there for
   * everybody, to reach a node of their own.
   */
  | { readonly at: 'locked'; readonly wasWrong: boolean; readonly isPublicPage: boolean }
  /** Nobody has claimed it; `mayClaim`: this page came with the claim token. */
  | { readonly at: 'unclaimed'; readonly binding: BindingReport }
  /** Somebody is in. */
  | { readonly at: 'in'; readonly binding: BindingReport; readonly owner: string }
  /** The node does not answer and nothing of it is on this device. */
  | { readonly at: 'away'; readonly trouble: Trouble }

export interface Session {
  readonly stage: ReadonlySignal<Stage>
  readonly call: Call
  /** How the node is reached from here. */
  readonly way: Pick<Finder, 'kind' | 'trying' | 'fault' | 'isPaired' | 'direct' | 'again' | 'open'>
  /** Makes this browser a device of the node that the code is of; undefined when it is done. */
  pair(code: PairingCode, name: string): Promise<PairFault | undefined>
  /** At home: so that the node lets this browser in from elsewhere. */
  letAway(): Promise<Trouble | undefined>
  /** Whether this browser can do what that takes. */
  canComeAway(): boolean
  /** Seconds by which this device's clock is ahead of the node's, as of the last answer; undefined before one. */
  readonly clockAhead: ReadonlySignal<number | undefined>
  address(): NodeAddress
  /** Looks at the node anew, as after a claim. */
  arrive(): Promise<void>
  /** Comes in with an address or code that a person typed; whether the node took it. */
  open(text: string): Promise<boolean>
  /** Takes the code that the node itself has just given to this device, whether or not it answers once more. */
  adopt(given: string): Promise<void>
  /** Forgets the code of this device, and whose node it is. */
  leave(): Promise<void>
}

export function createSession(): Session {
  // What this device has kept is shown before the node has answered.
  const stage = signal<Stage>(keptStage() ?? { at: 'arriving' })
  const givenToken = tokenOf(location.pathname)
  let token = givenToken ?? readDevice('token')
  const way = createNodeWay(() => token)
  // Somebody comes in anew, and it may be another node.
  if (givenToken !== undefined && givenToken !== readDevice('token')) void way.forget()
  rememberToken()
  const address = (): NodeAddress => ({ origin: location.origin, token })
  const ahead = signal<number | undefined>(undefined)
  const call = createCall(way.fetch, ({ headers }, askedMs) => {
    ahead.value = clockAhead(headers.get('Date'), askedMs, Date.now()) ?? ahead.peek()
  })

  /** Keeps the code on the device and takes it out of the address, where others could read it; not if it is not kept. */
  function rememberToken(): void {
    if (tokenOf(location.pathname) === undefined || !writeDevice('token', token)) return
    history.replaceState(null, '', `${plainPath(location.pathname)}${location.search}${location.hash}`)
  }

  async function arrive(): Promise<void> {
    const binding = await jsonOf<BindingReport>(await call('/binding'))
    if (isTrouble(binding)) {
      if (binding.trouble === 'locked') stage.value = await lockedStage()
      else if (stage.value.at !== 'in') stage.value = { at: 'away', trouble: binding }
      return
    }
    writeDevice('binding', binding.owner === null ? undefined : JSON.stringify(binding))
    stage.value = stageOf(binding)
    if (stage.value.at === 'in' && token !== undefined && way.kind.value === 'origin') void letAway()
  }

  async function lockedStage(): Promise<Stage> {
    const wasWrong = token !== undefined
    if (wasWrong || way.isPaired.value) return { at: 'locked', wasWrong, isPublicPage: false }
    const version = await jsonOf<Version>(await call('/version'))
    return { at: 'locked', wasWrong, isPublicPage: !isTrouble(version) && version.isPublicPage === true }
  }

  /** A node that knows nothing of it says so, and all else works. */
  async function letAway(): Promise<Trouble | undefined> {
    return canComeAway() ? way.register(call) : undefined
  }

  return {
    stage,
    call,
    clockAhead: ahead,
    address,
    arrive,
    way,
    async pair(code, name) {
      const fault = await way.pair(code, name, given => {
        token = given
        writeDevice('token', given)
      })
      if (fault === undefined) await arrive()
      return fault
    },
    letAway,
    canComeAway,
    async open(text) {
      const given = tokenOf(text)
      if (given === undefined) return false
      const before = token
      token = given
      await arrive()
      if (stage.value.at !== 'in' && stage.value.at !== 'unclaimed') {
        token = before
        return false
      }
      writeDevice('token', token)
      return true
    },
    async adopt(given) {
      token = given
      // Where nothing is kept the address keeps it, in place of a code that is spent.
      const path = writeDevice('token', given) ? plainPath(location.pathname) : `/k/${given}/`
      history.replaceState(null, '', `${path}${location.search}${location.hash}`)
      await arrive()
    },
    async leave() {
      token = undefined
      writeDevice('token', undefined)
      writeDevice('binding', undefined)
      history.replaceState(null, '', plainPath(location.pathname))
      await way.forget()
    },
  }
}

/** What direct connections need. */
function canComeAway(): boolean {
  return typeof RTCPeerConnection === 'function' && typeof indexedDB === 'object'
}

function stageOf(binding: BindingReport): Stage {
  const owner = binding.owner === null ? undefined : pubkeyOf(binding.owner)
  return owner === undefined ? { at: 'unclaimed', binding } : { at: 'in', binding, owner }
}

/** How it stood at the last visit: what this device has kept can be read without the node. */
function keptStage(): Stage | undefined {
  try {
    const kept = readDevice('binding')
    return kept === undefined ? undefined : stageOf(JSON.parse(kept) as BindingReport)
  } catch {
    return undefined
  }
}
