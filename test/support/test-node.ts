/** Whole nodes for tests: real libp2p, LevelDB and HTTP on loopback, ports that are free, a directory that goes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, DEFAULTS, type Tuning } from '../../src/config.ts'
import type { EventTemplate, VerifiedEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { type NodeParts, startNode } from '../../src/node.ts'
import type { Activity } from '../../src/observe/activity.ts'
import { type Clock, nowSeconds, systemClock } from '../../src/observe/clock.ts'
import { type Logger, silent } from '../../src/observe/log.ts'
import type { CleanUp } from './clean-up.ts'
import { personFrom, signedEvent } from './events.ts'
import { createRestClient, type RestClient } from './rest-client.ts'
import { until } from './until.ts'

export interface TestNodeOptions extends Partial<Omit<Config, 'owner' | 'tuning'>> {
  /** Name of the owner (`personFrom`); null for an unclaimed node. */
  readonly owner: string | null
  readonly tuning?: Partial<Tuning>
  readonly clock?: Clock
  readonly log?: Logger
  /** Whether a gossiped event is lost on its way to this node. */
  readonly losesGossip?: () => boolean
  readonly pushTo?: NodeParts['pushTo']
}

export interface TestNode {
  readonly node: Awaited<ReturnType<typeof startNode>>
  readonly config: Config
  readonly owner: KeyPair
  readonly client: RestClient
  readonly activities: readonly Activity[]
  /** A multiaddr that others may dial, with the peer ID. */
  readonly address: string
  /** The activity that fits, now or later. */
  waitFor<What extends Activity['what']>(
    what: What,
    fits?: (activity: Extract<Activity, { what: What }>) => boolean,
  ): Promise<Extract<Activity, { what: What }>>
  /** Signs as the owner, now by the node's clock, and publishes; throws unless the answer is 200. */
  post(fields?: Partial<EventTemplate>): Promise<VerifiedEvent>
  /** The event, once it is in the store. */
  holds(id: string): Promise<unknown>
  /** Stops, and starts again on the same directory and, unless told otherwise, the same ports. */
  restart(changes?: Partial<TestNodeOptions>): Promise<TestNode>
}

/** Quick redials: a test does not wait a second for a bootstrap. */
const TUNING: Tuning = { ...DEFAULTS.tuning, redialMs: { first: 50, last: 200 } }

export async function startTestNode(cleanUp: CleanUp, options: TestNodeOptions): Promise<TestNode> {
  const dataDir = options.dataDir ?? (await temporaryDirectory(cleanUp))
  return launch(cleanUp, { ...options, dataDir })
}

export async function temporaryDirectory(cleanUp: CleanUp): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'nostrp2p-test-'))
  cleanUp.add(() => rm(path, { recursive: true, force: true }))
  return path
}

export function testConfig(options: TestNodeOptions & { readonly dataDir: string }): Config {
  const { owner, tuning, clock: _, log: __, losesGossip: ___, pushTo: ____, ...rest } = options
  return {
    ...DEFAULTS,
    listen: { host: '127.0.0.1', port: 0 },
    clientPort: 0,
    bootstraps: [],
    // Nodes of tests do not look for each other, nor touch the router of whoever runs them.
    mdns: false,
    portMapping: false,
    browsers: { when: 'off', port: 0 },
    tls: undefined,
    ...rest,
    owner: owner === null ? undefined : personFrom(owner).pubkey,
    tuning: { ...TUNING, ...tuning },
  }
}

async function launch(cleanUp: CleanUp, options: TestNodeOptions & { readonly dataDir: string }): Promise<TestNode> {
  const config = testConfig(options)
  const clock = options.clock ?? systemClock
  const activities: Activity[] = []
  const node = await startNode(config, {
    log: options.log ?? silent,
    clock,
    onActivity: activity => void activities.push(activity),
    ...(options.losesGossip && { losesGossip: options.losesGossip }),
    ...(options.pushTo && { pushTo: options.pushTo }),
  })
  cleanUp.add(() => node.stop())
  const owner = personFrom(options.owner ?? 'nobody yet')
  const client = createRestClient(node.clientOrigin)
  const address = node.overlayAddresses()[0]!
  return {
    node,
    config,
    owner,
    client,
    activities,
    address,
    waitFor: (what, fits = () => true) =>
      until(`${what} at the node of ${options.owner}`, () =>
        activities.find(
          (activity): activity is Extract<Activity, { what: typeof what }> =>
            activity.what === what && fits(activity as Extract<Activity, { what: typeof what }>),
        ),
      ),
    async post(fields = {}) {
      const event = signedEvent(owner, { created_at: nowSeconds(clock), content: 'hello', ...fields })
      const { status, body } = await client.publish(event)
      if (status !== 200) throw new Error(`/publish answered ${status}: ${JSON.stringify(body)}`)
      return event
    },
    holds: id =>
      until(`event ${id.slice(0, 8)} at the node of ${options.owner}`, async () => {
        const [event] = await client.req({ ids: [id] })
        return event
      }),
    async restart(changes = {}) {
      await node.stop()
      const port = Number(/\/tcp\/(\d+)/.exec(address)?.[1])
      const clientPort = Number(new URL(node.clientOrigin).port)
      return launch(cleanUp, { ...options, listen: { host: '127.0.0.1', port }, clientPort, ...changes })
    },
  }
}
