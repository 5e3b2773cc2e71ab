/** Peers that answered once, so that a restarted node finds the network without its bootstrap. */
import type { Database } from './database.ts'
import { peerKey, TABLE, tableRange } from './keys.ts'
import type { KnownPeer, PeerBook } from './store.ts'
import type { Writer } from './writer.ts'

/** Enough to find one that is up after months away; some hundred bytes each. */
export const MAX_KNOWN_PEERS = 500
/** Homes change their addresses: who has not been seen for so long, while others have, is not found there. */
const MAX_AGE_MS = 90 * 24 * 3_600_000

export interface PeerParts {
  readonly db: Database
  readonly writer: Writer
  readonly max: number
}

export function createPeers({ db, writer, max }: PeerParts): PeerBook {
  async function list(): Promise<KnownPeer[]> {
    const rows = await db.iterator(tableRange(TABLE.peer)).all()
    return rows.map(([key, value]) => ({ id: key.toString('utf8', 1), ...JSON.parse(value.toString()) }))
  }

  return {
    list,
    async save(peers) {
      await writer.run({
        durable: false,
        build(draft) {
          for (const { id, ...rest } of peers) draft.put(peerKey(id), Buffer.from(JSON.stringify(rest)))
        },
      })
      const known = await list()
      known.sort((a, b) => b.lastSeenMs - a.lastSeenMs)
      // Compared with the others, not with the clock: a node that was away for a year must not forget everybody at once.
      const oldestMs = (known[0]?.lastSeenMs ?? 0) - MAX_AGE_MS
      const gone = known.filter(({ lastSeenMs }, i) => i >= max || lastSeenMs < oldestMs)
      if (gone.length === 0) return
      await writer.run({
        durable: false,
        build(draft) {
          for (const { id } of gone) draft.delete(peerKey(id))
        },
      })
    },
  }
}
