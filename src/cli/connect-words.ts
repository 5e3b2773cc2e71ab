/** What `connect` says: the way that is used, why there is none, and why it gives up. */
import type { AwayReason, Verdict } from '../connect/finder.ts'
import type { WayKind } from '../connect/ways.ts'

export function wayWords(kind: WayKind): string {
  switch (kind) {
    case 'home':
      return 'connected to your node in this network'
    case 'direct':
      return 'connected to your node directly'
    case 'circuit':
      return 'connected to your node through a helper node; large transfers wait for a direct way'
  }
}

export function awayWords(reason: AwayReason): string {
  switch (reason) {
    case 'no-helper':
      return 'Neither your node nor a helper node answers. Look whether this machine is online.'
    case 'node-away':
      return 'Your node does not answer: the helper nodes do not know it at present. Look whether it runs and is online.'
    case 'wrong-node':
      return 'Another node answers at the address of yours. Look whether yours runs; if it was set up anew, pair this device again: nostrp2p connect <pairing code>'
  }
}

export function refusedWords(reason: Verdict): string {
  const again =
    'Make a new one ("nostrp2p pair" on the machine of the node, or its page under devices), and run: nostrp2p connect <pairing code>'
  switch (reason) {
    case 'pairing-used':
      return `This pairing code was used before; each works once. ${again}`
    case 'pairing-expired':
      return `This pairing code has expired; each works for ten minutes. ${again}`
    case 'pairing-unknown':
      return `Your node does not know this pairing code: it was taken back, or the node was started anew meanwhile. ${again}`
    case 'wrong-owner':
      return 'The node that this device was paired with belongs to somebody else now. Nothing was sent to it. Pair this device with your node again: nostrp2p connect <pairing code>'
    case 'device-unknown':
      return 'Your node does not let this device in any more: it was removed from your devices. Pair it again if it is yours: nostrp2p connect <pairing code>'
    case 'ok':
      return ''
  }
}
