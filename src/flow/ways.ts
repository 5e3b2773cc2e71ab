/** How far the owner's events got: stored, passed to everybody, delivered to those they name (specification/rest-api.md, R14). */
import type { EventStore, Outbox, Passed, Position } from '../store/store.ts'
import { POSITIONS_PER_MS } from '../store/store.ts'
import type { Way, Ways } from '../wire/ways.ts'
import { deliveryReport } from './status.ts'

export type ReadWays = (ids: readonly string[]) => Promise<Ways>

export interface WaysParts {
  readonly owner: () => string | undefined
  readonly events: Pick<EventStore, 'find'>
  readonly outbox: Pick<Outbox, 'ofEvent' | 'gossipOf'>
  /** What was gossiped a moment ago. */
  readonly passing: (position: Position) => Passed | undefined
}

export function createReadWays({ owner, events, outbox, passing }: WaysParts): ReadWays {
  async function wayOf(id: string): Promise<Way | undefined> {
    const stored = events.find(id)
    if (stored === undefined || stored.event.pubkey !== owner()) return undefined
    const { position } = stored
    const gossip = outbox.gossipOf(position)
    const passed = passing(position) ?? (gossip === 'unsent' ? undefined : gossip)
    return {
      saved: isoOf(position / POSITIONS_PER_MS),
      passed: passed === undefined ? null : { nodes: passed.nodes, at: isoOf(passed.atMs) },
      waitsForNodes: gossip === 'unsent' && passed === undefined,
      deliveries: (await outbox.ofEvent(id)).map(deliveryReport),
    }
  }

  return async ids => {
    const ways: Record<string, Way> = {}
    for (const id of ids) {
      const way = await wayOf(id)
      if (way !== undefined) ways[id] = way
    }
    return { ways }
  }
}

function isoOf(ms: number): string {
  return new Date(Math.floor(ms)).toISOString()
}
