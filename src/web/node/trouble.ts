/** Why the node did not do what it was asked for. A value, never thrown: whoever asks says it to the person. */

export type TroubleKind =
  /** Nothing answers there. */
  | 'away'
  /** No answer in time. */
  | 'slow'
  /** It asks for a token, or for another one. */
  | 'locked'
  /** Too much at once; later. */
  | 'busy'
  /** It said no; `sentence` has its reason. */
  | 'refused'
  /** An answer that this page cannot read. */
  | 'broken'

export interface Trouble {
  readonly trouble: TroubleKind
  /** The node's own sentence, when it gave one. */
  readonly sentence?: string
  /** Why, for this page (specification/rest-api.md, R1.12). */
  readonly code?: string
  /** The name of what was refused, as of a setting. */
  readonly about?: string
  readonly status?: number
}

export function isTrouble(value: unknown): value is Trouble {
  return typeof value === 'object' && value !== null && 'trouble' in value
}

/** Whether waiting may help. */
export function mayPass({ trouble }: Trouble): boolean {
  return trouble === 'away' || trouble === 'slow' || trouble === 'busy'
}
