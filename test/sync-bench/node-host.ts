/**
 * One node of the measurement in a process of its own: store, verifier, overlay and flows as `src/node.ts` puts them
 * together, without the client side and with nothing that begins by itself.
 */
import { openSync, readSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { DEFAULTS } from '../../src/config.ts'
import type { VerifiedEvent } from '../../src/event/event.ts'
import type { KeyPair } from '../../src/event/keys.ts'
import { createFlows, type Flows } from '../../src/flow/flows.ts'
import { openHouseRules } from '../../src/flow/house-rules.ts'
import { createBindingCheck, createIdentity } from '../../src/flow/identity.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createCounters } from '../../src/observe/counters.ts'
import { messageOf, silent } from '../../src/observe/log.ts'
import { createOverlay, type Overlay } from '../../src/overlay/overlay.ts'
import { openDiskStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { createVerifier, type Verifier } from '../../src/verifier/verifier.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { signed, textOf, unsigned, writer } from '../bench/posts.ts'
import { until } from '../support/until.ts'
import type { Answers, FromNode, Order, Posts, ToNode } from './messages.ts'

interface Running {
  readonly store: Store
  readonly verifier: Verifier
  readonly overlay: Overlay
  readonly flows: Flows
}

let running: Running | undefined
let peakBytes = 0
const AUTHORS: readonly KeyPair[] = Array.from({ length: 200 }, (_, i) => writer(`sync author ${i}`))
/** Written at once. */
const AT_ONCE = 500
/** A node that rests uses hardly anything for so long: the search index begins two seconds after a start. */
const QUIET_MS = 2_500
/** Until a million posts can be searched. */
const INDEXED_MS = 900_000
/** On their way through the door at once: what two frames bring. */
const AT_THE_DOOR = 512
const STATUS_FILE = openSync('/proc/self/status', 'r')
const STATUS = Buffer.alloc(4096)
const PARTS = { RssAnon: /^RssAnon:\s+(\d+) kB/m, RssFile: /^RssFile:\s+(\d+) kB/m } as const

process.on('message', (message: ToNode) => void answer(message))
process.on('disconnect', () => process.exit())

async function answer({ number, order }: ToNode): Promise<void> {
  try {
    say({ to: number, answer: await obey(order) })
  } catch (error) {
    say({ to: number, failed: messageOf(error) })
  }
}

function say(message: FromNode): void {
  process.send?.(message)
}

async function obey(order: Order): Promise<Answers[Order['do']]> {
  switch (order.do) {
    case 'start': {
      running = await start(order)
      return { peer: running.overlay.peerId, address: running.overlay.addresses()[0]! }
    }
    case 'fill':
      return fill(node().store, order.posts)
    case 'rest': {
      await quiet()
      return {}
    }
    case 'sync': {
      const before = process.cpuUsage()
      const startMs = performance.now()
      const report = await node().flows.sync.run(order.peer, order.scope)
      const tookMs = performance.now() - startMs
      return { report, tookMs, cpuMs: cpuSince(before) }
    }
    case 'ingest':
      return ingest(node(), order.posts)
    case 'watch': {
      watch()
      return {}
    }
    case 'usage': {
      const { user, system } = process.cpuUsage()
      const { events } = node().store.events.usage()
      return {
        cpuMs: (user + system) / 1000,
        memoryBytes: memory('RssAnon'),
        fileBytes: memory('RssFile'),
        peakBytes,
        events,
      }
    }
    case 'stop': {
      await stop()
      return {}
    }
  }
}

/** Into one buffer: what is looked at so often must not itself take memory. */
function memory(part: 'RssAnon' | 'RssFile'): number {
  const text = STATUS.toString('latin1', 0, readSync(STATUS_FILE, STATUS, 0, STATUS.length, 0))
  const [, kB] = PARTS[part].exec(text) ?? []
  return Number(kB) * 1024
}

/** Looks now, and from now on every five milliseconds. */
function watch(): void {
  const look = () => {
    peakBytes = Math.max(peakBytes, memory('RssAnon'))
  }
  peakBytes = 0
  look()
  setInterval(look, 5).unref()
}

function node(): Running {
  if (running === undefined) throw new Error('the node is not started')
  return running
}

async function start({ dataDir, maxEvents, bootstrap }: Extract<Order, { do: 'start' }>): Promise<Running> {
  const clock = systemClock
  const counters = createCounters()
  const watched = { clock, log: silent, counters, onActivity: () => {} }
  const worth = { owner: () => undefined, isFollowed: () => false }
  const store = await openDiskStore(dataDir, { maxEvents, maxBytes: 4 * 1024 ** 3, worth, nowMs: clock.nowMs })
  const verifier = createVerifier({ library: undefined })
  const verify: Verifier['verify'] = (event, priority) => verifier.verify(event, priority)
  const privateKey = await generateKeyPair('Ed25519')
  const peer = peerIdFromPrivateKey(privateKey).toString()
  const identity = createIdentity(peer, undefined, store.events, clock)
  const overlay = await createOverlay(
    {
      ...DEFAULTS.tuning,
      privateKey,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      agent: 'sync-bench/1',
      bootstraps: bootstrap === '' ? [] : [bootstrap],
      mdns: false,
      announce: [],
      portMapping: false,
    },
    {
      ...watched,
      identity: () => ({ owner: null, binding: null }),
      checkBinding: createBindingCheck(verify, store.events, clock),
      judgeEvent: (bytes, from) => flows.receive.judgeEvent(bytes, from),
      takeDelivery: (bytes, from) => flows.receive.takeDelivery(bytes, from),
      answerFilter: filter => flows.answer(filter),
      onOwnerSeen: () => {},
      onNeighbour: () => {},
      onGreeted: () => {},
      answerOwn: {
        ids: (from, cursor) => flows.answerOwn.ids(from, cursor),
        events: (from, ids) => flows.answerOwn.events(from, ids),
        deliveries: (from, ids) => flows.answerOwn.deliveries(from, ids),
        compare: (from, message) => flows.answerOwn.compare(from, message),
        gone: (from, cursor) => flows.answerOwn.gone(from, cursor),
      },
      answerSync: (stream, from) => flows.answerSync(stream, from),
      book: store.peers,
      boundOwners: store.boundOwners,
    },
  )
  const flows: Flows = createFlows({
    ...watched,
    node: peer,
    identity,
    isFollowed: () => false,
    followed: () => [],
    // The bench says when.
    repairMs: 0,
    rules: await openHouseRules(store.relayLists),
    relay: DEFAULTS.relay,
    isOwnRelay: () => false,
    writable: true,
    keepOwner: async () => {},
    store,
    network: overlay,
    verify,
  })
  await overlay.start()
  if (bootstrap !== '') {
    const first = bootstrap.replace(/^.*\/p2p\//, '')
    await until('a connection to the other node', () => overlay.isConnected(first))
  }
  return { store, verifier, overlay, flows }
}

async function fill({ events }: Store, posts: Posts): Promise<Answers['fill']> {
  const numbers = numbersOf(posts)
  for (let from = 0; from < numbers.length; from += AT_ONCE) {
    const some = numbers.slice(from, from + AT_ONCE).map(number => postOf(posts, number))
    await Promise.all(some.map(post => events.put(post, { durable: false, mark: 'open' })))
    await setImmediate()
  }
  await quiet()
  return { events: events.usage().events }
}

/** Until the search index has caught up with what was filled in, and the garbage is gone. */
async function quiet(): Promise<void> {
  await until(
    'a quiet node',
    async () => {
      const before = process.cpuUsage()
      await setTimeout(QUIET_MS)
      return cpuSince(before) < QUIET_MS / 20
    },
    INDEXED_MS,
  )
}

async function ingest({ flows }: Running, posts: Posts): Promise<Answers['ingest']> {
  const frames = numbersOf(posts).map(number => encodeEvent(postOf(posts, number)))
  const scope = { since: 0, until: posts.untilSeconds }
  let at = 0
  const worker = async (): Promise<void> => {
    while (at < frames.length) await flows.receive.takeMissing(frames[at++]!, { via: 'sync', peer: 'bench', scope })
  }
  const before = process.cpuUsage()
  const startMs = performance.now()
  await Promise.all(Array.from({ length: AT_THE_DOOR }, worker))
  const tookMs = performance.now() - startMs
  return { tookMs, cpuMs: cpuSince(before) }
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function numbersOf({ count, only }: Posts): readonly number[] {
  return only ?? Array.from({ length: count }, (_, i) => i)
}

function postOf({ untilSeconds, count, signed: isSigned }: Posts, number: number): VerifiedEvent {
  const author = AUTHORS[number % AUTHORS.length]!
  const created_at = untilSeconds - count + 1 + number
  if (!isSigned) return unsigned(author.pubkey, number, created_at)
  return signed(author, { kind: 1, created_at, tags: [], content: textOf(number) })
}

async function stop(): Promise<void> {
  const { flows, overlay, verifier, store } = node()
  flows.stop()
  await overlay.stop()
  await verifier.stop()
  await store.close()
}
