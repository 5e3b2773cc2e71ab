/** Counters by name and label, for `/metrics` and tests: plain numbers until somebody asks. */

export interface Counters {
  /** Adds to a counter of the closed list below. */
  add(name: CounterName, label?: string, by?: number): void
  /** Every counter that is not zero. */
  entries(): Iterable<{ name: CounterName; label: string; value: number }>
}

/** Name → help text; a label is a code of a closed list (an outcome, a verdict, a source), never text of a peer. */
export const COUNTERS = {
  accepted: 'Events that went through the one door, by outcome or rejection code.',
  gossip_verdicts: 'Gossiped messages by verdict: accept, ignore, reject.',
  gossip_messages: 'Gossiped messages received, by topic: events, nodes.',
  deliveries: 'Unicast deliveries by end: delivered, failed, expired.',
  fetches: 'Questions to other nodes by end: answered, failed, limited.',
  answers: 'Questions of other nodes by end: answered, refused, limited.',
  own_questions: "Questions to the owner's other nodes by end: answered, failed.",
  sync_rounds: 'Rounds of comparing with neighbours by end: complete, incomplete.',
  syncs: 'Synchronisations that this node began, by end: complete, incomplete, busy, failed, fault.',
  sync_answers: 'Synchronisations that peers began here, by end: answered, busy, failed, fault.',
  sync_events: 'Events of synchronisations: learned, sent, refused, undelivered.',
  sync_faults: 'What peers did wrong in a synchronisation, by rejection code.',
  verify_shed: 'Signature checks given up because the queue was full.',
  stun: 'Packets at the STUN port: answered, no question, too short, too many.',
  circuits: 'Circuits through this relay by end: opened, limited, busy, not ours.',
  doors: 'Browsers that came to a door by end: let in, failed, or too many.',
  away: 'Streams of HTTP over the overlay: streams (of devices), strangers, too many streams, too many strangers, half-open, slow; idle circuits of strangers; and requests: unknown device, too large.',
  pairings:
    'Pairing codes by end: made, paired, taken back, expired, and tries with codes that are unknown, used, expired.',
  http_requests: 'Requests of clients by status class.',
  relay_messages: 'Messages of Nostr clients by type; malformed, and too many at a time.',
  evicted: 'Events removed to stay within the bounds of the store.',
} as const

export type CounterName = keyof typeof COUNTERS

export function createCounters(): Counters {
  const values = new Map<string, { name: CounterName; label: string; value: number }>()
  return {
    add(name, label = '', by = 1) {
      const key = `${name} ${label}`
      const counter = values.get(key)
      if (counter === undefined) values.set(key, { name, label, value: by })
      else counter.value += by
    },
    entries: () => values.values(),
  }
}
