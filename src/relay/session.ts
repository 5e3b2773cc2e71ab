/** One client: its messages in, the answers out, its subscriptions. Knows no socket. */
import { randomBytes } from 'node:crypto'
import { isProtected } from '../event/event.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import type { Published } from '../flow/publish.ts'
import type { Visitor } from '../flow/visitor.ts'
import type { View } from '../store/mark.ts'
import type { EventStore } from '../store/store.ts'
import type { CheckAuth } from './auth.ts'
import type { RelayLimits } from './limits.ts'
import { type ClientMessage, isComplaint, parseMessage } from './message.ts'
import type { Writer } from './outgoing.ts'
import { refusalText } from './prefix.ts'
import type { Subscriptions } from './subscriptions.ts'
import { createTurns } from './turns.ts'

/** Who may do what, as the flows decide it. */
export interface Access {
  visitor(shown: { trusted: boolean; pubkeys: ReadonlySet<string>; address: string | undefined }): Visitor
  /** Why this visitor may not ask this. */
  mayAsk(visitor: Visitor, filters: readonly object[]): Rejection | undefined
  viewOf(visitor: Visitor): View | undefined
}

/** What the sessions of one relay share. */
export interface SessionParts {
  readonly access: Access
  readonly publish: (event: unknown, visitor: Visitor) => Promise<Published | Rejection>
  readonly checkAuth: CheckAuth
  readonly events: Pick<EventStore, 'count'>
  readonly subscriptions: Subscriptions
  readonly limits: RelayLimits
  /** Told of a fault of the program itself. */
  readonly onFault: (error: unknown) => void
}

/** One connection as its session sees it. */
export interface Client {
  readonly writer: Writer
  /** This machine, or the access token was shown. */
  readonly trusted: boolean
  readonly address: string | undefined
  /** Not read from until `resume`. */
  pause(): void
  resume(): void
}

export interface Session {
  receive(text: string): void
  /** One message too many: it is answered so, and nothing is done. */
  refuse(text: string): void
  readonly openSubscriptions: number
  close(): void
}

export function createSession(client: Client, parts: SessionParts): Session {
  return new ClientSession(client, parts)
}

class ClientSession implements Session {
  readonly #client: Client
  readonly #parts: SessionParts
  readonly #challenge = randomBytes(16).toString('hex')
  readonly #pubkeys = new Set<string>()
  readonly #turns
  #visitor: Visitor
  #eventsUnderWay = 0
  #paused = false
  #closed = false
  #challenged = false

  constructor(client: Client, parts: SessionParts) {
    this.#client = client
    this.#parts = parts
    this.#visitor = this.#look()
    this.#turns = createTurns(parts.limits.maxReadings, parts.limits.maxWaitingReadings)
    // Who is trusted has nothing to gain, and would be asked for a signature on every start.
    if (!client.trusted) this.#challengeOnce()
  }

  get openSubscriptions(): number {
    return this.#parts.subscriptions.count(this)
  }

  receive(text: string): void {
    if (this.#closed) return
    const message = parseMessage(text, this.#parts.limits)
    if (isComplaint(message)) this.#answer(...message.answer)
    else this.#handle(message)
    this.#holdBack()
  }

  refuse(text: string): void {
    const message = parseMessage(text, this.#parts.limits)
    if (isComplaint(message)) this.#answer(...message.answer)
    else if (message.type === 'EVENT' || message.type === 'AUTH') this.#refuse('OK', message.id, TOO_FAST)
    else if (message.type === 'REQ' || message.type === 'COUNT') this.#refuse('CLOSED', message.id, TOO_FAST)
    else if (message.type === 'NEG-OPEN' || message.type === 'NEG-MSG') {
      this.#answer('NEG-ERR', message.id, refusalText(TOO_FAST))
    } else this.#handle(message)
    this.#holdBack()
  }

  close(): void {
    this.#closed = true
    this.#parts.subscriptions.closeAll(this)
    this.#client.writer.release()
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
        void this.#subscribe(message)
        return
      case 'COUNT':
        void this.#count(message)
        return
      case 'CLOSE':
        this.#parts.subscriptions.close(this, message.id)
        return
      case 'NEG-OPEN':
      case 'NEG-MSG':
        this.#answer('NEG-ERR', message.id, 'error: this relay does not reconcile sets yet')
        return
      case 'NEG-CLOSE':
    }
  }

  async #publish({ event, id }: { readonly event: unknown; readonly id: string }): Promise<void> {
    const refused = this.#protectionFault(event)
    if (refused !== undefined) {
      this.#refuse('OK', id, refused)
      return
    }
    this.#eventsUnderWay += 1
    try {
      const outcome = await this.#parts.publish(event, this.#visitor)
      if (isRejection(outcome)) this.#refuse('OK', id, outcome)
      else this.#answer('OK', id, true, noteOf(outcome))
    } catch (error) {
      this.#parts.onFault(error)
      this.#answer('OK', id, false, FAULT)
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
    return this.#pubkeys.size === 0 ? reject('auth-required', who) : reject('restricted', who)
  }

  async #authenticate({ event, id }: { readonly event: unknown; readonly id: string }): Promise<void> {
    if (this.#pubkeys.size >= this.#parts.limits.maxKeys) {
      this.#refuse('OK', id, reject('restricted', 'This connection has proved enough keys. Open another one.'))
      return
    }
    try {
      const checked = await this.#parts.checkAuth(event, this.#challenge)
      if (isRejection(checked)) {
        this.#refuse('OK', id, checked)
        return
      }
      this.#pubkeys.add(checked.pubkey)
      this.#visitor = this.#look()
      this.#answer('OK', id, true, '')
    } catch (error) {
      this.#parts.onFault(error)
      this.#answer('OK', id, false, FAULT)
    }
  }

  async #subscribe({ id, filters }: Extract<ClientMessage, { type: 'REQ' | 'COUNT' }>): Promise<void> {
    const { subscriptions, access } = this.#parts
    // Whatever becomes of the new one, the old one of this id is over (NIP-01).
    subscriptions.close(this, id)
    const refused = access.mayAsk(this.#visitor, filters)
    if (refused !== undefined) {
      this.#refuse('CLOSED', id, refused)
      return
    }
    const subscription = subscriptions.open(this, {
      id,
      filters,
      view: access.viewOf(this.#visitor),
      writer: this.#client.writer,
    })
    if (isRejection(subscription)) {
      this.#refuse('CLOSED', id, subscription)
      return
    }
    try {
      if (!(await this.#turns.take(() => subscription.load()))) {
        subscriptions.close(this, id)
        this.#refuse('CLOSED', id, TOO_MANY)
      }
    } catch (error) {
      if (this.#closed || subscription.isClosed) return
      this.#parts.onFault(error)
      subscriptions.close(this, id)
      this.#answer('CLOSED', id, FAULT)
    }
  }

  async #count({ id, filters }: Extract<ClientMessage, { type: 'REQ' | 'COUNT' }>): Promise<void> {
    const { access, events } = this.#parts
    const refused = access.mayAsk(this.#visitor, filters)
    if (refused !== undefined) {
      this.#refuse('CLOSED', id, refused)
      return
    }
    try {
      const done = await this.#turns.take(async () => {
        if (this.#closed) return
        const count = await events.count(filters, { view: access.viewOf(this.#visitor) })
        this.#answer('COUNT', id, { count })
      })
      if (!done) this.#refuse('CLOSED', id, TOO_MANY)
    } catch (error) {
      this.#parts.onFault(error)
      this.#answer('CLOSED', id, FAULT)
    }
  }

  #look(): Visitor {
    const { trusted, address } = this.#client
    return this.#parts.access.visitor({ trusted, pubkeys: new Set(this.#pubkeys), address })
  }

  #answer(...message: readonly unknown[]): void {
    if (!this.#closed) this.#client.writer.send(JSON.stringify(message))
  }

  #refuse(type: 'OK' | 'CLOSED', id: string, rejection: Rejection): void {
    if (rejection.rejected === 'auth-required') this.#challengeOnce()
    const text = refusalText(rejection)
    if (type === 'OK') this.#answer('OK', id, false, text)
    else this.#answer('CLOSED', id, text)
  }

  #challengeOnce(): void {
    if (this.#challenged) return
    this.#challenged = true
    this.#answer('AUTH', this.#challenge)
  }

  /** A client that does not read its answers, or sends faster than the disk takes, waits. */
  #holdBack(): void {
    if (this.#paused || this.#closed) return
    const room = this.#client.writer.room()
    const isBusy = this.#eventsUnderWay >= this.#parts.limits.maxEventsUnderWay
    if (room === undefined && !isBusy) return
    this.#paused = true
    this.#client.pause()
    if (room !== undefined) void room.then(() => this.#letGo())
  }

  #letGo(): void {
    if (!this.#paused || this.#closed) return
    if (this.#eventsUnderWay >= this.#parts.limits.maxEventsUnderWay) return
    const room = this.#client.writer.room()
    if (room !== undefined) {
      void room.then(() => this.#letGo())
      return
    }
    this.#paused = false
    this.#client.resume()
  }
}

const FAULT = 'error: The node could not do that, by a fault of its own. Its log says more.'
const TOO_FAST = reject('rate-limited', 'Too many messages. Wait a little; who goes on is disconnected.')
const TOO_MANY = reject('rate-limited', 'Too many questions at once on this connection. Wait for answers first.')

/** What stands behind OK true: nothing, or why nothing was stored. */
function noteOf({ result, note }: Published): string {
  if (result === 'duplicate') return 'duplicate: this event is here already'
  return result === 'superseded' ? 'duplicate: a newer version of this event is here' : note
}
