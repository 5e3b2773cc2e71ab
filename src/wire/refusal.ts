/** How a refusal says its code where its body is that of the original (specification/rest-api.md, R1.12). */
export const CODE_HEADER = 'Nostrp2p-Code'

/** The body of a refusal. */
export interface RefusalBody {
  /** A sentence for a person, in English. */
  readonly Error: string
  /** For programs: a code of event/rejection.ts or event/refusal.ts. */
  readonly code?: string
  /** The name of what was refused, as of a setting. */
  readonly about?: string
}
