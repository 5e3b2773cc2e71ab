/** How this browser gets to its node: what it keeps of it, its own key, and the finder of ways. */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Away } from '../../wire/away.ts'
import type { PairingCode } from '../../wire/pairing-code.ts'
import { deviceSeed, forgetDeviceSeed } from '../keep/device-key.ts'
import { isAway, type KeptNode, readKeptNode, writeKeptNode } from '../keep/kept-node.ts'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import { createFinder, type Finder } from '../way/finder.ts'
import type { PairFault } from '../way/pair.ts'

export interface NodeWay extends Finder {
  readonly node: ReadonlySignal<KeptNode | undefined>
  /** Pairs this browser with the node of the code; undefined when it is done. */
  pair(code: PairingCode, name: string, onToken: (token: string) => void): Promise<PairFault | undefined>
  /** At home: tells the node this browser's key, and keeps where to find the node from elsewhere. */
  register(call: Call): Promise<Trouble | undefined>
  /** Forgets the node and the key. */
  forget(): Promise<void>
}

/** The first screen comes first. */
const IDLE_MS = 5_000

/** @param token what opens the node at home */
export function createNodeWay(token: () => string | undefined): NodeWay {
  const node = signal(readKeptNode())
  const { origin } = location

  function keep(kept: KeptNode): void {
    if (JSON.stringify(kept) === JSON.stringify(node.peek())) return
    node.value = kept
    writeKeptNode(kept)
  }

  const loadScripts = () => Promise.all([import('../way/overlay.ts'), import('../way/where.ts')])

  async function loadOverlay() {
    const [{ startOverlay }, seed] = await Promise.all([import('../way/overlay.ts'), deviceSeed()])
    return startOverlay(seed, location.protocol === 'https:')
  }

  /** Over plain http a browser keeps no page: when this one leaves home, nobody is there to load libp2p from. */
  function prepareToLeave(): void {
    if (!isSecureContext) setTimeout(() => void loadScripts().catch(() => {}), IDLE_MS)
  }

  const finder = createFinder({
    origin,
    token,
    kept: node,
    keep,
    overlay: loadOverlay,
    isVisible: () => document.visibilityState === 'visible',
    isOnline: () => navigator.onLine,
  })

  async function ownPeer(): Promise<string> {
    const [{ peerIdOfSeed }, seed] = await Promise.all([import('../way/peer-id.ts'), deviceSeed()])
    return peerIdOfSeed(seed)
  }

  return {
    ...finder,
    node,
    async pair(code, name, onToken) {
      const { pair } = await import('../way/pair.ts')
      const { overlay, search, adopt } = finder
      const told = await pair({
        ...{ code, name, origin, token, overlay, search, adopt },
        peer: await ownPeer(),
        onPaired({ token, away }, isHere) {
          keep(keptOf(away, isHere))
          onToken(token)
        },
      })
      return told === 'paired' ? undefined : told
    },
    async register(call) {
      const away = await jsonOf<Away>(await call('/away'))
      if (isTrouble(away)) return away
      if (!isAway(away)) return { trouble: 'broken' }
      if (node.peek()?.node !== away.node) {
        const answer = await call('/devices/this', { method: 'POST', body: { peer: await ownPeer() } })
        if (isTrouble(answer)) return answer
      }
      keep(keptOf(away, true))
      prepareToLeave()
      return undefined
    },
    async forget() {
      node.value = undefined
      finder.stop()
      writeKeptNode(undefined)
      await forgetDeviceSeed()
    },
  }
}

function keptOf({ node, owner, addresses, home }: Away, isHere: boolean): KeptNode {
  return { node, owner, addresses, home, isHere }
}
