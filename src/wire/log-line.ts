/** One line of `GET /log` (specification/rest-api.md, R17). */

/**
 * What happened: an activity of the node by its name, `several` (so many more in the same second), or `log`: something
 * that its log says.
 */
export type LoggedWhat =
  | 'published'
  | 'broadcast'
  | 'received'
  | 'delivered'
  | 'waiting'
  | 'expired'
  | 'peer-connected'
  | 'peer-disconnected'
  | 'bootstrap'
  | 'claimed'
  | 'reachability'
  | 'binding'
  | 'caught-up'
  | 'copied'
  | 'imported'
  | 'several'
  | 'log'

export interface LogLine {
  /** ISO date. */
  readonly at: string
  readonly level: 'info' | 'warn' | 'error'
  readonly what: LoggedWhat
  /** For a person, in English. */
  readonly text: string
  /**
   * The same for a page that says it in its own words, by `what`: what the activity names (src/observe/activity.ts), with
   * of an event only `id`, `pubkey`, `kind`; the fields of a `log`; `count` of `several`.
   */
  readonly details: Readonly<Record<string, unknown>>
}
