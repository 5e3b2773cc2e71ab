/** How far the owner's events got, as `GET /ways` tells it (specification/rest-api.md, R14). */

export interface Ways {
  /** By event ID; events that the node does not hold, or that are not the owner's, are left out. */
  readonly ways: Readonly<Record<string, Way>>
}

export interface Way {
  /** ISO date: when this node got it. */
  readonly saved: string
  /** To how many neighbours it was passed, and when (ISO date); null for what does not go to everybody, or not yet. */
  readonly passed: { readonly nodes: number; readonly at: string } | null
  /** Whether it goes to everybody and nobody was there yet to take it. */
  readonly waitsForNodes: boolean
  /** To whom it goes otherwise; what was settled more than a week ago is forgotten. */
  readonly deliveries: readonly DeliveryReport[]
}

/** A delivery to one owner, in `/ways` and in `/status`. */
export interface DeliveryReport {
  readonly event: string
  /** npub of the recipient. */
  readonly to: string
  readonly state: 'waiting' | 'delivered' | 'expired'
  /** Tries so far. */
  readonly attempts: number
  /** When it was published, and when its state last changed; milliseconds since 1970. */
  readonly createdMs: number
  readonly changedMs: number
  /** Node peer IDs that acknowledged it. */
  readonly ackedBy: readonly string[]
  /** Why the last try failed, in words; empty if it did not. */
  readonly lastError: string
  /** ISO date of the next try; null once nothing more is tried. */
  readonly nextTry: string | null
}
