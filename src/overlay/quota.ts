/** How much one peer may ask of this node, by protocol: one table, one token bucket per peer and row. */
import type { Clock } from '../observe/clock.ts'

interface Quota {
  /** How much may come at once. */
  readonly burst: number
  readonly perSecond: number
}

export const QUOTAS = {
  /** A mesh neighbour forwards the whole network's posts; 200 a second is more than a core can verify for long. */
  events: { burst: 2_000, perSecond: 200 },
  /** All nodes together announce at most once a second; a neighbour forwards them all. */
  nodes: { burst: 500, perSecond: 20 },
  hello: { burst: 10, perSecond: 0.2 },
  /** Events, not requests: an outbox of a week comes in one go. */
  deliver: { burst: 1_000, perSecond: 20 },
  fetch: { burst: 60, perSecond: 2 },
  /** A walk through the table asks one node a few times; each hour a node puts one record. */
  dht: { burst: 60, perSecond: 2 },
  /** One question at a time, and each brings hundreds of ids or 64 KiB: a full store takes some thousand. */
  own: { burst: 2_000, perSecond: 50 },
  /** Each begins with a look through the store; whoever comes more often is told to wait. */
  sync: { burst: 12, perSecond: 0.1 },
  /** By the source address: a node asks each of three responders about twice for each direct connection. */
  stun: { burst: 60, perSecond: 4 },
  /** Of all sources together, whose addresses may be forged: 16 kB a second of answers. */
  stunTotal: { burst: 1_000, perSecond: 500 },
  /** Circuits that a peer opens through this relay; a busy sender writes to a few new nodes a minute. */
  circuit: { burst: 60, perSecond: 1 },
  /** By the source address: dials of WebRTC-direct, each of which costs native objects before a key is proved. */
  door: { burst: 20, perSecond: 2 },
  /** Of all sources together, whose addresses may be forged: each takes up to 3 ms of a core. */
  doorTotal: { burst: 100, perSecond: 20 },
  /** By the source address or peer: a device that looks for its node asks a few public nodes. */
  where: { burst: 20, perSecond: 0.5 },
  /** Of everybody together; an answer has some hundred bytes. */
  whereTotal: { burst: 1_000, perSecond: 100 },
  /** Asking to be dialled back costs a connection. */
  reach: { burst: 10, perSecond: 0.05 },
} as const satisfies Record<string, Quota>

export type QuotaName = keyof typeof QUOTAS

export interface Quotas {
  /** Takes `cost` from the peer's bucket; false when it is not there, and then nothing is taken. */
  take(name: QuotaName, peer: string, cost?: number): boolean
  /** Buckets that are remembered. */
  size(): number
}

/** Kinds of questions that most peers ask, so that there are buckets for so many peers. */
export const BUCKETS_OF_A_PEER = 5

interface Bucket {
  tokens: number
  atMs: number
}

/** @param maxBuckets the longest unused goes first, and starts again full */
export function createQuotas(clock: Clock, maxBuckets = 5_000): Quotas {
  const buckets = new Map<string, Bucket>()
  return {
    size: () => buckets.size,
    take(name, peer, cost = 1) {
      const quota = QUOTAS[name]
      const key = `${name} ${peer}`
      const nowMs = clock.nowMs()
      const bucket = buckets.get(key) ?? { tokens: quota.burst, atMs: nowMs }
      buckets.delete(key)
      buckets.set(key, bucket)
      if (buckets.size > maxBuckets) buckets.delete(buckets.keys().next().value!)
      // A clock that steps back must not take tokens away.
      const elapsedMs = Math.max(0, nowMs - bucket.atMs)
      bucket.tokens = Math.min(quota.burst, bucket.tokens + (elapsedMs / 1000) * quota.perSecond)
      bucket.atMs = nowMs
      if (bucket.tokens < cost) return false
      bucket.tokens -= cost
      return true
    },
  }
}
