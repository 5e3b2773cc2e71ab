/** What a node says about its catching up (specification/rest-api.md): `GET /sync`, and a part of `/status`. */

/**
 * `behind`: after a start or an absence; `repair`: now and then, for what gossip lost; `asked`: by the owner.
 */
export type RoundKind = 'behind' | 'repair' | 'asked'

/** One round of comparing with neighbours. */
export interface RoundReport {
  readonly number: number
  readonly kind: RoundKind
  /** ISO date of its end. */
  readonly ended: string
  readonly seconds: number
  /** Neighbours that were compared with to the end, or gave something. */
  readonly neighbours: number
  /** Events that were new here, and that were new there. */
  readonly learned: number
  readonly sent: number
  /** Events that neighbours had and this node did not take. */
  readonly refused: number
  /** Bytes of all messages, both ways. */
  readonly bytes: number
  readonly complete: boolean
  /** Why it is not, as a sentence; empty when it is. */
  readonly reason: string
}

export interface SyncStatus {
  /** `waiting`: no neighbour to compare with is connected. */
  readonly state: 'waiting' | 'running' | 'idle'
  /** ISO date up to which this node surely has what its neighbours have; null while nobody has confirmed it. */
  readonly completeUntil: string | null
  /** Events since the start that were new here and new there, also when others asked. */
  readonly learned: number
  readonly sent: number
  /** Of the round that runs. */
  readonly progress: RoundProgress | null
  /** The last rounds, the latest first. */
  readonly rounds: readonly RoundReport[]
}

export interface RoundProgress {
  readonly number: number
  readonly kind: RoundKind
  /** Which neighbour of this round it is, from 1; 0 before the first. */
  readonly neighbour: number
  /** Events found so far that are not here, and how many of them have come. */
  readonly found: number
  readonly learned: number
  readonly sent: number
}
