/** A relay's client that does as little as it can, so that what is measured is the relay. */
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'

export interface Answer {
  readonly ok: boolean
  readonly text: string
}

export interface Subscriber {
  /** One event, as the text of its message. */
  event(text: string): void
  /** All stored ones are there. */
  end(): void
  /** The relay ended it, with this text, or hung up. */
  closed(text: string): void
}

export interface Connection {
  send(text: string): void
  /** Sends an event (its JSON) and waits for OK. */
  publish(id: string, json: string): Promise<Answer>
  /** Sends REQ; what comes goes to the subscriber. */
  open(id: string, filters: readonly object[], subscriber: Subscriber): void
  /** REQ, events, EOSE, CLOSE. @throws when the relay refuses it */
  ask(...filters: readonly object[]): Promise<number>
  /** The next message of this type. */
  next(type: string): Promise<readonly unknown[]>
  /** Bytes on the socket in both directions so far. */
  bytes(): number
  close(): Promise<void>
}

const OPEN_MS = 30_000

export async function connect(url: string): Promise<Connection> {
  const socket = new WebSocket(url, { perMessageDeflate: true, handshakeTimeout: OPEN_MS })
  const answers = new Map<string, PromiseWithResolvers<Answer>>()
  const subscribers = new Map<string, Subscriber>()
  const waiting = new Map<string, PromiseWithResolvers<readonly unknown[]>>()
  let raw: Socket | undefined
  let questions = 0
  let failure: Error | undefined
  socket.once('upgrade', response => {
    raw = response.socket
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const fail = (error: Error) => {
    failure ??= error
    for (const waiter of [...answers.values(), ...waiting.values()]) waiter.reject(error)
    for (const subscriber of subscribers.values()) subscriber.closed(error.message)
  }
  socket.on('error', fail)
  socket.once('close', (code, reason) => fail(new Error(`the relay hung up: ${code} ${String(reason)}`)))
  socket.on('message', data => {
    const text = String(data)
    // Every relay in use writes its messages without white space; what is not so is parsed.
    if (text.startsWith('["EVENT","')) {
      const subscriber = subscribers.get(text.slice(10, text.indexOf('"', 10)))
      if (subscriber !== undefined) {
        subscriber.event(text)
        return
      }
    }
    take(JSON.parse(text) as readonly unknown[], text)
  })

  function take(message: readonly unknown[], text: string): void {
    const [type, id] = message as readonly [string, string]
    if (type === 'OK') {
      answers.get(id)?.resolve({ ok: message[2] === true, text: String(message[3] ?? '') })
      answers.delete(id)
    } else if (type === 'EVENT') subscribers.get(id)?.event(text)
    else if (type === 'EOSE') subscribers.get(id)?.end()
    else if (type === 'CLOSED') subscribers.get(id)?.closed(String(message[2] ?? ''))
    const awaited = waiting.get(type)
    waiting.delete(type)
    awaited?.resolve(message)
  }

  /**
   * Waits for what comes under this key, or for the end. (A race with one promise of the end for all would keep every
   * answer in memory until then, and the collections of this side would be taken for the relay's answers.)
   */
  function awaitIn<T>(table: Map<string, PromiseWithResolvers<T>>, key: string): Promise<T> {
    if (failure !== undefined) return Promise.reject(failure)
    const waiter = Promise.withResolvers<T>()
    table.set(key, waiter)
    return waiter.promise
  }

  const connection: Connection = {
    send: text => socket.send(text),
    publish(id, json) {
      const answer = awaitIn(answers, id)
      socket.send(`["EVENT",${json}]`)
      return answer
    },
    open(id, filters, subscriber) {
      if (failure !== undefined) throw failure
      subscribers.set(id, subscriber)
      socket.send(JSON.stringify(['REQ', id, ...filters]))
    },
    async ask(...filters) {
      const id = `q${questions++}`
      let events = 0
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      connection.open(id, filters, {
        event: () => void events++,
        end: resolve,
        closed: text => reject(new Error(`CLOSED ${text}`)),
      })
      await promise
      subscribers.delete(id)
      socket.send(`["CLOSE","${id}"]`)
      return events
    },
    next: type => awaitIn(waiting, type),
    bytes: () => (raw?.bytesRead ?? 0) + (raw?.bytesWritten ?? 0),
    async close() {
      if (failure !== undefined) return
      const gone = new Promise(resolve => socket.once('close', resolve))
      socket.close()
      await gone
    },
  }
  return connection
}
