/** A client's event → the one door → answer → on its way. */
import type { Rejection } from '../event/rejection.ts'
import type { Route } from './route.ts'

/** What the client is told: what the node did with the event and where it goes from here. */
export interface Published {
  readonly id: string
  /** `passed`: an ephemeral event, sent on and not stored. The others as in the store. */
  readonly result: 'stored' | 'duplicate' | 'superseded' | 'passed'
  readonly route: Route
}

/** @param input an event as the client sent it, parsed from JSON and otherwise unchecked */
export type Publish = (input: unknown) => Promise<Published | Rejection>
