/** The five people of the demo, their nodes, and what has arrived where. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, DEFAULTS } from '../config.ts'
import type { NostrEvent } from '../event/event.ts'
import { generateKeyPair } from '../event/keys.ts'
import { type Node, startNode } from '../node.ts'
import type { Activity } from '../observe/activity.ts'
import type { Logger } from '../observe/log.ts'
import { createDemoClient, type DemoClient } from './demo-client.ts'

export interface Person {
  readonly name: string
  readonly pubkey: string
  readonly client: DemoClient
  /** Throws while the node is away. */
  node(): Node
  /** With the access token. */
  clientUrl(): string
}

export interface Stage {
  /** In the order of their names' appearance. */
  readonly people: readonly Person[]
  /** Starts the node of a person, or starts it again with what it had kept. */
  start(person: Person, bootstrap?: Person): Promise<void>
  /** Stops a person's node; its data stays. */
  leave(person: Person): Promise<void>
  /**
   * Waits until something happened at somebody's node, now or earlier in the demo, and returns when, in milliseconds
   * of the process clock. Throws when it does not happen in time.
   */
  until(person: Person, what: string, matches: (activity: Activity) => boolean): Promise<number>
  /** Stops all nodes and removes what they kept. Idempotent. */
  end(): Promise<void>
}

/** Loopback needs milliseconds; this is for a machine that is busy with other things. */
const PATIENCE_MS = 10_000

interface Happening {
  readonly activity: Activity
  readonly atMs: number
}

interface Cast extends Person {
  running: Node | undefined
  readonly dataDir: string
  readonly happenings: Happening[]
}

export async function createStage(
  names: readonly string[],
  parts: { log: Logger; signal: AbortSignal },
): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'nostrp2p-demo-'))
  const cast = new Map<Person, Cast>()
  const news = new EventTarget()
  for (const name of names) {
    const member = createMember(name, join(directory, name))
    cast.set(member, member)
  }
  const castOf = (person: Person) => cast.get(person)!
  const leave = async (person: Person) => {
    const member = castOf(person)
    await member.running?.stop()
    member.running = undefined
  }
  return {
    people: [...cast.values()],
    async start(person, bootstrap) {
      const member = castOf(person)
      const bootstraps = bootstrap?.node().overlayAddresses().slice(0, 1) ?? []
      member.running = await startNode(demoConfig(member, bootstraps), {
        log: parts.log,
        onActivity(activity) {
          member.happenings.push({ activity, atMs: performance.now() })
          news.dispatchEvent(new Event('happened'))
        },
      })
    },
    leave,
    until: (person, what, matches) => {
      const find = () => castOf(person).happenings.find(({ activity }) => matches(activity))?.atMs
      return waitFor(find, news, parts.signal, `${what} did not happen within ${PATIENCE_MS / 1000} seconds`)
    },
    async end() {
      await Promise.all([...cast.values()].map(leave))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function createMember(name: string, dataDir: string): Cast {
  const keys = generateKeyPair()
  const node = () => {
    if (member.running === undefined) throw new Error(`${name}'s node is away`)
    return member.running
  }
  const clientUrl = () => `${node().clientOrigin}/k/${node().token}`
  const client = createDemoClient(keys, clientUrl)
  const member: Cast = {
    name,
    pubkey: keys.pubkey,
    client,
    node,
    clientUrl,
    dataDir,
    running: undefined,
    happenings: [],
  }
  return member
}

function demoConfig({ pubkey, dataDir }: Cast, bootstraps: readonly string[]): Config {
  return {
    ...DEFAULTS,
    listen: { host: '127.0.0.1', port: 0 },
    clientPort: 0,
    bootstraps,
    // The five are among themselves, and the router is not theirs.
    mdns: false,
    portMapping: false,
    browsers: { when: 'off', port: 0 },
    owner: pubkey,
    dataDir,
    tls: undefined,
  }
}

/** Looks again at each news until `find` finds; rejects after `PATIENCE_MS`, and at once when the signal comes. */
function waitFor(
  find: () => number | undefined,
  news: EventTarget,
  signal: AbortSignal,
  late: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController()
    const look = () => {
      const found = find()
      if (found === undefined) return
      settled.abort()
      resolve(found)
    }
    const giveUp = (reason: Error) => {
      settled.abort()
      reject(reason)
    }
    const timer = setTimeout(() => giveUp(new Error(late)), PATIENCE_MS)
    settled.signal.addEventListener('abort', () => clearTimeout(timer))
    news.addEventListener('happened', look, { signal: settled.signal })
    const onStop = () => giveUp(new Error('stopped'))
    signal.addEventListener('abort', onStop, { signal: settled.signal })
    if (signal.aborted) onStop()
    else look()
  })
}

/** The event is new at a node. */
export function received(event: NostrEvent): (activity: Activity) => boolean {
  return activity => activity.what === 'received' && activity.event.id === event.id
}

/** A node of this person acknowledged the event. */
export function delivered(event: NostrEvent, to: Person): (activity: Activity) => boolean {
  return activity => activity.what === 'delivered' && activity.event.id === event.id && activity.to === to.pubkey
}
