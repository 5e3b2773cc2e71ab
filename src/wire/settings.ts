/** The settings of the node as `/settings` tells them (specification/rest-api.md, R15). */

export interface NodeSetting {
  /** As the command line calls it, without the dashes. */
  readonly name: string
  /** A `list` has any number of values. */
  readonly kind: 'text' | 'list' | 'boolean'
  /** What a value looks like, such as `host:port` or `owner|listed|anyone`; empty for a switch. */
  readonly form: string
  readonly what: string
  /** As it will be from the next start at the latest; null where it is not set. */
  readonly value: SettingValue | null
  /** What holds where it is not set, in words. */
  readonly fallback: string
  readonly from: SettingSource
  /** Not to be changed here: the command line or the environment says it, or it is not for the page. */
  readonly locked: boolean
  /** Whether a change waits for the next start. */
  readonly needsRestart: boolean
  /** Whether this one does. */
  readonly pending: boolean
}

export type SettingValue = string | boolean | readonly string[]
export type SettingSource = 'flag' | 'environment' | 'page' | 'default'

/** The answer to `GET /settings` and `POST /settings`. */
export interface NodeSettings {
  readonly settings: readonly NodeSetting[]
  /** Whether something waits for the next start. */
  readonly pending: boolean
  /** Why the node does not run with what was set here, as a sentence; null when it does. */
  readonly problem: string | null
}

/** What `POST /settings` takes, by name; null takes a setting back. */
export type SettingChanges = Readonly<Record<string, SettingValue | null>>
