/** Peers that answered once, so that a restarted node finds the network without its bootstrap. */
import type { Database } from './database.ts'
import { peerKey, TABLE, tableRange } from './keys.ts'
import type { KnownPeer, PeerBook } from './store.ts'
import type { Writer } from './writer.ts'

/** Enough to find one that is up after months away; some hundred bytes each. */
export const MAX_KNOWN_PEERS = 500

export interface PeerParts {
  readonly db: Database
  readonly writer: Writer
}

export function createPeers({ db, writer }: PeerParts): PeerBook {
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
      if (known.length <= MAX_KNOWN_PEERS) return
      known.sort((a, b) => b.lastSeenMs - a.lastSeenMs)
      await writer.run({
        durable: false,
        build(draft) {
          for (const { id } of known.slice(MAX_KNOWN_PEERS)) draft.delete(peerKey(id))
        },
      })
    },
  }
}
