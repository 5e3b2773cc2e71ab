/** One client: its messages in, the answers out. Knows no socket. */
import { randomBytes } from 'node:crypto'
import { isProtected } from '../event/event.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import type { Published } from '../flow/publish.ts'
import type { Visitor } from '../flow/visitor.ts'
import type { Counters } from '../observe/counters.ts'
import { MAX_CIRCUIT_EVENTS } from '../wire/limits.ts'
import type { CheckAuth } from './auth.ts'
import type { RelayLimits } from './limits.ts'
import { type ClientMessage, type Complaint, isComplaint, parseMessage } from './message.ts'
import type { Writer } from './outgoing.ts'
import type { AnswerType, Party } from './party.ts'
import { refusalText } from './prefix.ts'
import { type QuestionParts, Questions } from './questions.ts'
import { type ReconciliationParts, Reconciliations } from './reconciliations.ts'

/** What the sessions of one relay share. */
export interface SessionParts extends QuestionParts, ReconciliationParts {
  readonly events: QuestionParts['events'] & ReconciliationParts['events']
  /** @param mayClaim whether it came with the claim token of a node that has no owner yet */
  readonly publish: (event: unknown, visitor: Visitor, mayClaim: boolean) => Promise<Published | Rejection>
  readonly checkAuth: CheckAuth
  readonly counters: Counters
  readonly limits: RelayLimits
  /** Told of a fault of the program itself. */
  readonly onFault: (error: unknown) => void
}

/** One connection as its session sees it. */
export interface Client {
  readonly writer: Writer
  /** This machine, or the access token was shown. */
  readonly trusted: boolean
  readonly mayClaim: boolean
  /** It came over a circuit, which carries little: stored events come by few. */
  readonly limited: boolean
  readonly address: string | undefined
  /** Not read from until `resume`. */
  pause(): void
  resume(): void
}

export interface Session {
  receive(text: string): void
  /** One message too many: it is answered so, and nothing is done. */
  turnAway(text: string): void
  /** The owner has changed who may do what. */
  lookAgain(): void
  /** Ends what was left lying. */
  sweep(): void
  /** Whether it waits for nothing and nothing is under way. */
  isIdle(): boolean
  close(): void
}

export function createSession(client: Client, parts: SessionParts): Session {
  return new ClientSession(client, parts)
}

const NO_KEYS: ReadonlySet<string> = new Set()
const FAULT = 'error: The node could not do that, by a fault of its own. Its log says more.'
const TOO_FAST = reject('rate-limited', 'Too many messages. Wait a little; who goes on is disconnected.')
const ENOUGH_KEYS = reject('restricted', 'This connection has proved enough keys. Open another one.')

/** Parts are made when they are used first: most connections are idle. */
class ClientSession implements Session, Party {
  readonly #client: Client
  readonly #parts: SessionParts
  #questions: Questions | undefined
  #reconciliations: Reconciliations | undefined
  #challenge: string | undefined
  #pubkeys = NO_KEYS
  #visitor: Visitor
  #eventsUnderWay = 0
  #paused = false
  #closed = false

  constructor(client: Client, parts: SessionParts) {
    this.#client = client
    this.#parts = parts
    this.#visitor = this.#look()
    // Who is trusted has nothing to gain, and would be asked for a signature on every start.
    if (!client.trusted) this.#challengeOnce()
  }

  get writer(): Writer {
    return this.#client.writer
  }

  get isTrusted(): boolean {
    return this.#client.trusted
  }

  get isGone(): boolean {
    return this.#closed
  }

  visitor(): Visitor {
    return this.#visitor
  }

  receive(text: string): void {
    if (this.#closed) return
    const message = parseMessage(text, this.#bounds())
    this.#parts.counters.add('relay_messages', isComplaint(message) ? 'malformed' : message.type)
    if (isComplaint(message)) this.#complain(message)
    else this.#handle(message)
    this.#holdBack()
  }

  #bounds(): RelayLimits {
    const { limits } = this.#parts
    return this.#client.limited
      ? { ...limits, maxLimit: MAX_CIRCUIT_EVENTS, defaultLimit: Math.min(limits.defaultLimit, MAX_CIRCUIT_EVENTS) }
      : limits
  }

  turnAway(text: string): void {
    this.#parts.counters.add('relay_messages', 'too many')
    const message = parseMessage(text, this.#bounds())
    if (isComplaint(message)) this.#complain(message)
    else if (message.type === 'CLOSE' || message.type === 'NEG-CLOSE') this.#handle(message)
    else {
      // What the client is told to be over is over.
      if (message.type === 'REQ') this.#handle({ type: 'CLOSE', id: message.id })
      if (message.type === 'NEG-OPEN' || message.type === 'NEG-MSG') this.#handle({ type: 'NEG-CLOSE', id: message.id })
      this.refuse(ANSWERS[message.type], message.id, TOO_FAST)
    }
    this.#holdBack()
  }

  refuse(type: AnswerType, id: string, rejection: Rejection): void {
    if (rejection.rejected === 'auth-required') this.#challengeOnce()
    this.#end(type, id, refusalText(rejection))
  }

  fault(type: AnswerType, id: string, error: unknown): void {
    this.#parts.onFault(error)
    this.#end(type, id, FAULT)
  }

  answer(...message: readonly unknown[]): void {
    if (!this.#closed) this.#client.writer.send(JSON.stringify(message))
  }

  lookAgain(): void {
    this.#visitor = this.#look()
    this.#questions?.lookAgain()
    this.#reconciliations?.lookAgain()
  }

  sweep(): void {
    this.#reconciliations?.sweep()
  }

  isIdle(): boolean {
    const open = this.#parts.subscriptions.count(this) + (this.#reconciliations?.count ?? 0)
    return open === 0 && this.#eventsUnderWay === 0
  }

  close(): void {
    this.#closed = true
    this.#questions?.closeAll()
    this.#reconciliations?.closeAll()
    this.#client.writer.release()
  }

  #complain({ answer, ends }: Complaint): void {
    if (ends !== undefined) this.#handle(ends)
    this.answer(...answer)
  }

  #handle(message: ClientMessage): void {
    switch (message.type) {
      case 'EVENT':
        void this.#publish(message)
        return
      case 'AUTH':
        void this.#authenticate(message)
        return
      case 'REQ':
        void this.#asking().subscribe(message)
        return
      case 'COUNT':
        void this.#asking().count(message)
        return
      case 'CLOSE':
        this.#questions?.close(message.id)
        return
      case 'NEG-OPEN':
        void this.#reconciling().open(message)
        return
      case 'NEG-MSG':
        this.#reconciling().step(message)
        return
      case 'NEG-CLOSE':
        this.#reconciliations?.close(message.id)
    }
  }

  #asking(): Questions {
    this.#questions ??= new Questions(this, this.#parts)
    return this.#questions
  }

  #reconciling(): Reconciliations {
    this.#reconciliations ??= new Reconciliations(this, this.#parts)
    return this.#reconciliations
  }

  async #publish({ event, id }: { readonly event: unknown; readonly id: string }): Promise<void> {
    const refused = this.#protectionFault(event)
    if (refused !== undefined) {
      this.refuse('OK', id, refused)
      return
    }
    this.#eventsUnderWay += 1
    try {
      const outcome = await this.#parts.publish(event, this.#visitor, this.#client.mayClaim)
      if (isRejection(outcome)) this.refuse('OK', id, outcome)
      else this.answer('OK', id, true, noteOf(outcome))
    } catch (error) {
      this.fault('OK', id, error)
    } finally {
      this.#eventsUnderWay -= 1
      this.#letGo()
    }
  }

  /** NIP-70: only its author brings it here, and has to show that they are. */
  #protectionFault(event: unknown): Rejection | undefined {
    const { tags, pubkey } = event as { tags: unknown; pubkey: unknown }
    if (!Array.isArray(tags) || typeof pubkey !== 'string' || !isProtected({ tags: tags.filter(Array.isArray) })) {
      return undefined
    }
    if (this.#pubkeys.has(pubkey)) return undefined
    const who = 'A protected event (NIP-70) is taken from its author only.'
    return reject(this.#pubkeys.size === 0 ? 'auth-required' : 'restricted', who)
  }

  async #authenticate({ event, id }: { readonly event: unknown; readonly id: string }): Promise<void> {
    if (this.#pubkeys.size >= this.#parts.limits.maxKeys) {
      this.refuse('OK', id, ENOUGH_KEYS)
      return
    }
    try {
      // Without a challenge there was nothing to answer.
      const checked = await this.#parts.checkAuth(event, this.#challenge)
      if (isRejection(checked)) {
        this.refuse('OK', id, checked)
        return
      }
      this.#pubkeys = new Set([...this.#pubkeys, checked.pubkey])
      this.lookAgain()
      this.answer('OK', id, true, '')
    } catch (error) {
      this.fault('OK', id, error)
    }
  }

  #look(): Visitor {
    const { trusted, address } = this.#client
    return this.#parts.access.visitor({ trusted, pubkeys: this.#pubkeys, address })
  }

  #end(type: AnswerType, id: string, text: string): void {
    if (type === 'OK') this.answer('OK', id, false, text)
    else this.answer(type, id, text)
  }

  #challengeOnce(): void {
    if (this.#challenge !== undefined) return
    this.#challenge = randomBytes(16).toString('hex')
    this.answer('AUTH', this.#challenge)
  }

  /** A client that does not read its answers, or sends faster than the disk takes, waits. */
  #holdBack(): void {
    if (this.#paused || this.#closed) return
    const room = this.#client.writer.room()
    if (room === undefined && !this.#isBusy()) return
    this.#paused = true
    this.#client.pause()
    if (room !== undefined) void room.then(() => this.#letGo())
  }

  #letGo(): void {
    if (!this.#paused || this.#closed || this.#isBusy()) return
    const room = this.#client.writer.room()
    if (room !== undefined) {
      void room.then(() => this.#letGo())
      return
    }
    this.#paused = false
    this.#client.resume()
  }

  #isBusy(): boolean {
    return this.#eventsUnderWay >= this.#parts.limits.maxEventsUnderWay
  }
}

/** How each message is refused. */
const ANSWERS = {
  EVENT: 'OK',
  AUTH: 'OK',
  REQ: 'CLOSED',
  COUNT: 'CLOSED',
  'NEG-OPEN': 'NEG-ERR',
  'NEG-MSG': 'NEG-ERR',
} as const satisfies Record<string, AnswerType>

/** What stands behind OK true: nothing, or why nothing was stored. */
function noteOf({ result, note }: Published): string {
  if (result === 'duplicate') return 'duplicate: this event is here already'
  return result === 'superseded' ? 'duplicate: a newer version of this event is here' : note
}
