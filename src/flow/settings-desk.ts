/** Where the owner changes the settings of the node while it runs; whoever starts the node keeps them (cli/settings-desk.ts). */
import type { Rejection } from '../event/rejection.ts'
import type { NodeSettings } from '../wire/settings.ts'

export interface SettingsDesk {
  list(): NodeSettings
  /**
   * All of it or nothing; on disk when it resolves. What can hold at once does.
   * @param changes a name → value, or null to take a setting back; checked here
   */
  change(changes: Readonly<Record<string, unknown>>): Promise<NodeSettings | Rejection>
  /** Has the node stop and start again with what was set; returns at once. */
  restart(): void
}
