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
  /** The relay ended it, with this text. */
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
  const answers = new Map<string, (answer: Answer) => void>()
  const subscribers = new Map<string, Subscriber>()
  const waiting = new Map<string, (message: readonly unknown[]) => void>()
  let raw: Socket | undefined
  let questions = 0
  let failure: Error | undefined
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  socket.once('upgrade', response => {
    raw = response.socket
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  const fail = (error: Error) => {
    failure ??= error
    failed.reject(error)
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
      answers.get(id)?.({ ok: message[2] === true, text: String(message[3] ?? '') })
      answers.delete(id)
    } else if (type === 'EVENT') subscribers.get(id)?.event(text)
    else if (type === 'EOSE') subscribers.get(id)?.end()
    else if (type === 'CLOSED') subscribers.get(id)?.closed(String(message[2] ?? ''))
    const awaited = waiting.get(type)
    waiting.delete(type)
    awaited?.(message)
  }

  const connection: Connection = {
    send: text => socket.send(text),
    publish(id, json) {
      const answer = new Promise<Answer>(resolve => answers.set(id, resolve))
      socket.send(`["EVENT",${json}]`)
      return Promise.race([answer, failed.promise])
    },
    open(id, filters, subscriber) {
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
      await Promise.race([promise, failed.promise])
      subscribers.delete(id)
      socket.send(`["CLOSE","${id}"]`)
      return events
    },
    next(type) {
      const message = new Promise<readonly unknown[]>(resolve => waiting.set(type, resolve))
      return Promise.race([message, failed.promise])
    },
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
