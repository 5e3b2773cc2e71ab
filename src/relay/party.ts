/** One client as the parts of its session see it. */
import type { Filter } from '../event/filter.ts'
import type { Rejection } from '../event/rejection.ts'
import type { Visitor } from '../flow/visitor.ts'
import type { View } from '../store/mark.ts'
import type { Writer } from './outgoing.ts'

/** Who may do what, as the flows decide it (flow/access.ts). */
export interface Access {
  visitor(shown: {
    readonly trusted: boolean
    readonly pubkeys: ReadonlySet<string>
    readonly address: string | undefined
  }): Visitor
  /** Why this visitor may not ask this. */
  mayAsk(visitor: Visitor, filters: readonly Filter[]): Rejection | undefined
  /** None: everything. */
  viewOf(visitor: Visitor): View | undefined
}

/** What a message that is not done is answered with. */
export type AnswerType = 'OK' | 'CLOSED' | 'NEG-ERR'

export interface Party {
  /** As of now: a proof or a changed list makes another one of them. */
  visitor(): Visitor
  readonly isTrusted: boolean
  readonly isGone: boolean
  readonly writer: Writer
  answer(...message: readonly unknown[]): void
  /** Answers with the reason; who can change it by a proof is asked for one. */
  refuse(type: AnswerType, id: string, rejection: Rejection): void
  /** A fault of the program: logged, and told as such. */
  fault(type: AnswerType, id: string, error: unknown): void
}
