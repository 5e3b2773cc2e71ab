/** Live events: to many who want them, and past many who do not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { writer } from '../bench/posts.ts'
import { percentile } from '../bench/statistics.ts'
import { type Connection, connect, type Subscriber } from './connection.ts'
import { livePost } from './events.ts'
import { atLeast, atMost, type Figure, type Part, type Stage } from './part.ts'

const AUTHORS = 1_000
const EVERYTHING = 50
const PER_SECOND = 200
const SECONDS = 8
const QUICK_SECONDS = 2
/** Subscriptions of one author on one connection. */
const EACH = 50
/** How long the last event may take. */
const LAST_MS = 2_000

export const fanOut: Part = {
  name: 'fan-out',
  needs: 'filled',
  async measure({ relay, quick, progress }) {
    progress('fan-out: subscribing')
    const people = Array.from({ length: AUTHORS }, (_, i) => writer(`live ${i}`))
    const posts = Array.from({ length: PER_SECOND * (quick ? QUICK_SECONDS : SECONDS) }, (_, i) =>
      livePost(people[(i * 7) % AUTHORS]!, i),
    )
    const sentMs = new Map<string, number>()
    const delaysMs: number[] = []
    const event = (text: string) => {
      const at = text.indexOf('"id":"') + 6
      const startMs = sentMs.get(text.slice(at, at + 64))
      if (startMs !== undefined) delaysMs.push(performance.now() - startMs)
    }
    const since = Math.floor(Date.now() / 1000) - 60
    const connections = await opened(AUTHORS / EACH + EVERYTHING, relay.url)
    const [whole, single] = [connections.slice(0, EVERYTHING), connections.slice(EVERYTHING)]
    await Promise.all([
      ...people.map(({ pubkey }, i) =>
        subscribed(single[i % single.length]!, `a${i}`, { authors: [pubkey], kinds: [1], since }, event),
      ),
      ...whole.map(connection => subscribed(connection, 'all', { since }, event)),
    ])
    progress(`fan-out: ${posts.length} events, ${PER_SECOND} a second`)
    const publisher = await connect(relay.url)
    const startMs = performance.now()
    const answers: Promise<unknown>[] = []
    for (const [i, { id, json }] of posts.entries()) {
      const dueMs = startMs + (i * 1000) / PER_SECOND
      if (dueMs > performance.now()) await sleep(dueMs - performance.now())
      sentMs.set(id, performance.now())
      answers.push(publisher.publish(id, json))
    }
    await Promise.all(answers)
    const expected = posts.length * (EVERYTHING + 1)
    const untilMs = performance.now() + LAST_MS
    while (delaysMs.length < expected && performance.now() < untilMs) await sleep(20)
    await Promise.all([publisher, ...connections].map(connection => connection.close()))
    return [
      { what: 'fan-out: delivered', value: (100 * delaysMs.length) / expected, unit: '%', goal: atLeast(100) },
      { what: 'fan-out: p50', value: percentile(delaysMs, 0.5), unit: 'ms' },
      { what: 'fan-out: p99', value: percentile(delaysMs, 0.99), unit: 'ms', goal: atMost(10) },
    ]
  },
}

const CROWDS = [100, 1_000, 10_000, 100_000]
const CROWD_EACH = 1_000
const CROWD_EVENTS = 1_000
const QUICK_CROWD_EVENTS = 200
const CROWD_LONGEST_MS = 8_000

/** One event after another, each by somebody for whom nobody asks. */
export const crowd: Part = {
  name: 'crowd',
  needs: 'filled',
  async measure(stage) {
    const { relay, quick, progress } = stage
    const connections: Connection[] = []
    const figures: Figure[] = []
    const author = writer('nobody asks for')
    let number = 0
    let there = 0
    const send = async (count: number): Promise<number> => {
      const publisher = await connect(relay.url)
      const posts = Array.from({ length: count }, () => livePost(author, 500_000 + number++))
      const waitsMs: number[] = []
      const startMs = performance.now()
      for (const { id, json } of posts) {
        const sentMs = performance.now()
        await publisher.publish(id, json)
        waitsMs.push(performance.now() - sentMs)
        if (performance.now() - startMs > CROWD_LONGEST_MS) break
      }
      await publisher.close()
      return percentile(waitsMs, 0.5)
    }
    await send(200)
    for (const size of quick ? CROWDS.slice(0, 3) : CROWDS) {
      progress(`${size} subscriptions that do not match`)
      while (there < size) {
        const count = Math.min(CROWD_EACH, size - there)
        connections.push(await strangers(stage, there, count))
        there += count
      }
      const wait = await send(quick ? QUICK_CROWD_EVENTS : CROWD_EVENTS)
      figures.push({ what: `an event beside ${size.toLocaleString('en')} subscriptions, p50`, value: wait, unit: 'ms' })
    }
    await Promise.all(connections.map(connection => connection.close()))
    const growth = figures.at(-1)!.value / figures[0]!.value
    return [...figures, { what: 'the last to the first of these', value: growth, unit: '', goal: atMost(1.5) }]
  },
}

/** A connection with subscriptions of authors who write nothing. */
async function strangers({ relay }: Stage, from: number, count: number): Promise<Connection> {
  const connection = await connect(relay.url)
  await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const pubkey = (from + i + 1).toString(16).padStart(64, '0')
      return subscribed(connection, `n${i}`, { authors: [pubkey], kinds: [1], limit: 1 }, () => {})
    }),
  )
  return connection
}

function subscribed(connection: Connection, id: string, filter: object, event: Subscriber['event']): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (text: string) => reject(new Error(`CLOSED ${text}`))
    connection.open(id, [filter], { event, end: resolve, closed })
  })
}

/** A few at a time, so that none waits in vain to be let in. */
export async function opened(count: number, url: string): Promise<Connection[]> {
  const connections: Connection[] = []
  while (connections.length < count) {
    const next = Array.from({ length: Math.min(50, count - connections.length) }, () => connect(url))
    connections.push(...(await Promise.all(next)))
  }
  return connections
}
