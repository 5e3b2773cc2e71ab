/** Whom to compare with: peers that are connected directly, told apart by whose they are and where they stand. */

/** A peer with which this node can exchange more than a few letters. */
export interface Neighbour {
  /** Node peer ID. */
  readonly id: string
  /** Public key of the owner that it names; null for an unclaimed node. */
  readonly owner: string | null
  /** The network that one person may own as a whole; undefined where many share one (this machine, the LAN). */
  readonly network: string | undefined
  /** This node has dialled it. */
  readonly isOutbound: boolean
}

/** Nodes that may say the same thing for the same reason count as one. */
export function groupOf({ id, owner }: Neighbour): string {
  return owner ?? id
}

/**
 * One of them by chance: of another owner than those already asked, and of another network where there is one.
 * @param random from 0 to below 1
 */
export function pickNeighbour(
  from: readonly Neighbour[],
  asked: readonly Neighbour[],
  random: () => number,
): Neighbour | undefined {
  const groups = new Set(asked.map(groupOf))
  const networks = new Set(asked.flatMap(({ network }) => network ?? []))
  const others = from.filter(neighbour => !groups.has(groupOf(neighbour)))
  const elsewhere = others.filter(({ network }) => network === undefined || !networks.has(network))
  const choice = elsewhere.length > 0 ? elsewhere : others
  return choice[Math.floor(random() * choice.length)]
}
