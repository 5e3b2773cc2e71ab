/** Which of the kept addresses this page can use, and what for. */

export interface Doors {
  /** Of the node itself. */
  readonly own: readonly string[]
  /** Of public nodes, by their peer ID, the best first. */
  readonly public: ReadonlyMap<string, readonly string[]>
  /** Public nodes that hold a place for the node, and whose doors are not known. */
  readonly relays: ReadonlySet<string>
}

const MAX_PUBLIC_NODES = 8

/**
 * @param addresses multiaddrs that end in `/p2p/<peer ID>`, circuits through a relay too
 * @param isSecurePage a page of an `https:` address opens no plain WebSocket
 */
export function sortDoors(addresses: readonly string[], node: string, isSecurePage: boolean): Doors {
  const own: string[] = []
  const others = new Map<string, string[]>()
  const relays = new Set<string>()
  for (const address of addresses) {
    const [, door, peer, circuit] = /^(\/.+?)\/p2p\/([1-9A-HJ-NP-Za-km-z]+)(\/p2p-circuit.*)?$/.exec(address) ?? []
    if (door === undefined || peer === undefined) continue
    const isDoor = isBrowserDoor(door, isSecurePage)
    if (peer === node && circuit === undefined) {
      if (isDoor) own.push(address)
    } else if (!isDoor) {
      if (circuit !== undefined) relays.add(peer)
    } else if (others.size < MAX_PUBLIC_NODES || others.has(peer)) {
      others.set(peer, [...(others.get(peer) ?? []), `${door}/p2p/${peer}`])
    }
  }
  for (const peer of others.keys()) relays.delete(peer)
  return { own, public: others, relays }
}

/** WebRTC-direct needs no certificate of a name: its address holds the hash of its own. */
function isBrowserDoor(door: string, isSecurePage: boolean): boolean {
  if (/\/webrtc-direct\/certhash\/[^/]+$/.test(door) || /\/(?:wss|tls(?:\/sni\/[^/]+)?\/ws)$/.test(door)) return true
  return !isSecurePage && door.endsWith('/ws')
}
