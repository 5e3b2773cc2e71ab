/** An unclaimed node gets its owner: the author of the first binding that comes with the one-time claim token. */
import type { Rejection } from '../event/rejection.ts'
import type { Published } from './publish.ts'

/** @param input a binding event for this node as the client sent it, parsed from JSON and otherwise unchecked */
export type Claim = (input: unknown) => Promise<Published | Rejection>
