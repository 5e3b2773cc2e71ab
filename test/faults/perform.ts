/** Plays a story with real processes, heals everything, waits until all is well or the time is over, and checks. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { npubOf } from '../../src/event/keys.ts'
import { KIND } from '../../src/event/kinds.ts'
import { draft } from '../support/drafts.ts'
import { personFrom } from '../support/events.ts'
import { freePortPair } from '../support/ports.ts'
import { builtCommand } from '../support/processes.ts'
import { type Complaint, check, MAY_HEAL } from './checker.ts'
import { createOwnerClient, type OwnerClient } from './client.ts'
import type { History, Publication, Rollback, WrongClock } from './history.ts'
import { createNetwork, type Network } from './links.ts'
import { createFaultyNode, type FaultyNode } from './nodes.ts'
import { createRandom } from './random.ts'
import { type Action, type Deed, type Fault, followedBy, NAMES, nameOf, ownerOf, type Story, TWICE } from './story.ts'

export interface Performance {
  readonly complaints: readonly Complaint[]
  readonly publications: readonly Publication[]
  /** Numbers of the actions that could be done; the others met a node that was down, or had nothing to be about. */
  readonly done: ReadonlySet<number>
  /** From the end of the last fault until everything was everywhere. */
  readonly healedAfterMs: number
  /** What the nodes that may hold little have shown and let go for want of room. */
  readonly evicted: number
}

export interface PerformOptions {
  /** How long healing may take. */
  readonly patienceMs: number
  readonly onProgress?: (text: string) => void
}

/** What the issue promises. */
export const HEALING_MS = 60_000
const MEETING_MS = 30_000
const LAST_TRIES_MS = 10_000
const LOOK_MS = 1_000
/** Everything is well, and must still be after this time. */
const CALM_MS = 2_000
/** Number of what is published before the story. */
const BEFORE = -1

export async function perform(story: Story, options: PerformOptions): Promise<Performance> {
  const stage = await setUp(story)
  try {
    return await play(story, stage, options)
  } finally {
    await stage.dispose()
  }
}

interface Stage {
  readonly story: Story
  readonly nodes: readonly FaultyNode[]
  readonly clients: readonly OwnerClient[]
  readonly network: Network
  readonly publications: Publication[]
  readonly rollbacks: Rollback[]
  readonly clocks: WrongClock[]
  readonly crashes: { node: number; text: string }[]
  /** Since the beginning. */
  nowMs(): number
  dispose(): Promise<void>
}

async function setUp(story: Story): Promise<Stage> {
  const launch = await builtCommand()
  const home = await mkdtemp(join(tmpdir(), 'nostrp2p-faults-'))
  const startMs = performance.now()
  const nowMs = (): number => performance.now() - startMs
  const all = Array.from({ length: story.nodes }, (_, node) => node)
  const keys = all.map(node => personFrom(NAMES[ownerOf(node, story.nodes)]!))
  const ports: number[] = []
  for (const _ of all) ports.push(await freePortPair())
  const network = await createNetwork(ports)
  const random = createRandom(story.seed)
  const crashes: Stage['crashes'] = []
  const publications: Publication[] = []
  const nodes = all.map(node =>
    createFaultyNode({
      ...{
        name: nameOf(node, story.nodes),
        owner: keys[node]!.pubkey,
        maxEvents: story.caps[node],
        home,
        launch,
        port: ports[node]!,
        links: network.linksFrom(node),
      },
      boot: random.some(ports.slice(0, node), 2),
      wantsDisk: story.actions.some(action => action.do === 'fill' && action.node === node),
      onCrash: text => void crashes.push({ node, text }),
    }),
  )
  const killAll = () => {
    for (const node of nodes) void node.dispose()
  }
  process.once('exit', killAll)
  const clients = nodes.map(({ origin }, node) => createOwnerClient(keys[node]!, origin, publications, nowMs))
  return {
    ...{ story, nodes, clients, network, publications, rollbacks: [], clocks: [], crashes, nowMs },
    async dispose() {
      process.off('exit', killAll)
      await Promise.all(nodes.map(node => node.dispose()))
      network.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

async function play(story: Story, stage: Stage, { patienceMs, onProgress = () => {} }: PerformOptions) {
  const { nodes, clients } = stage
  const done = new Set<number>()
  await Promise.all(nodes.map(node => node.start()))
  await meet(stage)
  await prepare(stage)
  const parting = new AbortController()
  const following = clients.map(client => client.follow(parting.signal))
  const silence = new AbortController()
  const over = new AbortController()
  const deeds: Promise<void>[] = []
  const faults: Promise<void>[] = []
  const act = createDeeds(story, stage, silence.signal)
  const trouble = createFaults(stage, over.signal)
  onProgress('the nodes have met, and the story begins')
  const beginMs = stage.nowMs()
  const note = (action: Action) => (isDone: boolean) => void (isDone && done.add(action.number))
  for (const action of story.actions) {
    await pause(Math.max(0, beginMs + action.atMs - stage.nowMs()))
    if (isDeed(action)) deeds.push(act(action).then(note(action)))
    else faults.push(trouble(action).then(note(action)))
  }
  await pause(Math.max(0, beginMs + story.lengthMs - stage.nowMs()))

  over.abort()
  await Promise.all(faults)
  await Promise.all(nodes.map(async node => node.isRunning() || node.start()))
  const told = Promise.all(deeds)
  await Promise.race([told, pause(LAST_TRIES_MS, undefined, { ref: false })])
  silence.abort()
  await told
  onProgress('everything is put right')
  const healMs = stage.nowMs()
  let complaints = await awaitPeace(stage, healMs + patienceMs, onProgress)
  const healedAfterMs = stage.nowMs() - healMs
  if (complaints.length === 0) await pause(CALM_MS)
  parting.abort()
  await Promise.all(following)
  if (complaints.length === 0) {
    await Promise.all(clients.map(client => client.catchUp()))
    complaints = check(await historyOf(stage))
  }
  const evicted = await evictedOf(stage)
  return { complaints, publications: stage.publications, done, healedAfterMs, evicted }
}

/** Of what was published before the story, which nobody deletes. */
async function evictedOf({ story, clients, publications }: Stage): Promise<number> {
  const fillings = publications.filter(({ action, event }) => action === BEFORE && event.kind === KIND.post)
  let count = 0
  for (const node of Object.keys(story.caps)) {
    const client = clients[Number(node)]!
    const held = new Set((await client.holdings().catch(() => [])).map(({ id }) => id))
    const seen = new Set(client.sights.map(({ id }) => id))
    count += fillings.filter(({ event: { id } }) => seen.has(id) && !held.has(id)).length
  }
  return count
}

/** Everybody has heard of everybody: what is missing later is not for want of an introduction. */
async function meet({ clients }: Stage): Promise<void> {
  await comesTrue('that the nodes meet', async () => {
    for (const client of clients) if ((await client.knownNodes()) < clients.length - 1) return false
    return true
  })
}

/** The two nodes of one owner are bound, and where there is little room, it is taken. */
async function prepare({ story, clients }: Stage): Promise<void> {
  const own = clients
    .map((client, node) => ({ client, node }))
    .filter(({ node }) => ownerOf(node, story.nodes) === TWICE)
  for (const { client, node } of own) await client.bind({ action: BEFORE, node })
  await comesTrue('that the nodes of one owner know each other', async () => {
    for (const { client } of own) if (!(await client.provesOwn())) return false
    return true
  })
  const posts = Array.from({ length: Math.max(0, ...Object.values(story.caps)) }, (_, i) => `filling ${i}`)
  const publication = { action: BEFORE, node: TWICE, audience: 'everybody' } as const
  for (const post of posts)
    await clients[TWICE]!.publish(draft.post(post), publication, AbortSignal.timeout(MEETING_MS))
}

async function comesTrue(what: string, look: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + MEETING_MS
  while (!(await look())) {
    if (performance.now() > endMs) throw new Error(`waited ${MEETING_MS / 1000} s for ${what}`)
    await pause(LOOK_MS / 10)
  }
}

/** The complaints that are left when time is up; none as soon as all is well. */
async function awaitPeace(stage: Stage, endMs: number, onProgress: (text: string) => void): Promise<Complaint[]> {
  for (;;) {
    const complaints = await historyOf(stage).then(check, (error: unknown): Complaint[] => [
      { rule: 'lost', node: 0, id: '', text: `a node does not answer: ${String(error)}` },
    ])
    if (complaints.length === 0 || stage.nowMs() > endMs) return complaints
    if (complaints.some(({ rule }) => !MAY_HEAL.has(rule))) return complaints
    onProgress(`${complaints.length} things are not right yet`)
    await pause(LOOK_MS)
  }
}

async function historyOf({ story, clients, publications, rollbacks, clocks, crashes }: Stage): Promise<History> {
  const holdings = await Promise.all(clients.map(client => client.holdings()))
  const open = (await Promise.all(clients.map(client => client.waiting()))).flat()
  const nodes = new Map(clients.map(({ keys }, node) => [npubOf(keys.pubkey), node]))
  const waiting = open.map(({ event, to }) => ({ id: event, to: nodes.get(to)! }))
  const sights = clients.map(client => [...client.sights])
  const owners = clients.map(({ keys }) => keys.pubkey)
  return { owners, caps: story.caps, publications, rollbacks, clocks, crashes, holdings, waiting, sights }
}

function isDeed(action: Action): action is Action & Deed {
  return !('forMs' in action)
}

/** For the owner's own nodes alone. */
function noteOf(action: number): Parameters<OwnerClient['publish']>[0] {
  return { kind: KIND.appData, tags: [['d', `note ${action}`]], content: '' }
}

/** Does a deed; false if there is nothing that it could be about. */
function createDeeds(story: Story, { clients, publications }: Stage, silence: AbortSignal) {
  const acked = (number: number) => publications.find(({ action, outcome }) => action === number && outcome === 'acked')

  return async (deed: Action & Deed): Promise<boolean> => {
    const { number: action, node } = deed
    const client = clients[node]!
    const publish = async (...[what, audience]: [Parameters<OwnerClient['publish']>[0], Publication['audience']]) => {
      await client.publish(what, { action, node, audience }, silence)
      return true
    }
    if (!('of' in deed)) {
      if (deed.do === 'post') return publish(draft.post(`post #${action}`), 'everybody')
      if (deed.do === 'profile') return publish(draft.profile(`${nameOf(node, story.nodes)} #${action}`), 'everybody')
      if (deed.do === 'note') return publish(noteOf(action), [])
      const people = followedBy(node, story.nodes).map(other => clients[other]!.keys.pubkey)
      return publish(draft.follows(people), 'asking')
    }
    const target = acked(deed.of)
    if (target === undefined) return false
    if (deed.do === 'delete') {
      // People delete what they see; a node that lost it would not know whom it was for.
      if (!(await client.shows(target.event.id))) return false
      return publish(draft.deletion([target.event]), target.audience)
    }
    if (deed.do === 'like') return publish(draft.like(target.event), [target.node])
    return publish(draft.reply(target.event, [target.event.pubkey], `reply #${action}`), [target.node])
  }
}

/** Brings a fault about and ends it; false if the node is in another one. */
function createFaults(stage: Stage, over: AbortSignal) {
  const { nodes, network, rollbacks, clocks, nowMs } = stage
  /** Faults of the same sort do not meet in a node. */
  const taken = new Set<string>()
  const lasts = (ms: number): Promise<void> => pause(ms, undefined, { signal: over }).catch(() => {})

  async function alone(names: readonly string[], task: () => Promise<unknown>): Promise<boolean> {
    if (names.some(name => taken.has(name))) return false
    for (const name of names) taken.add(name)
    try {
      await task()
    } finally {
      for (const name of names) taken.delete(name)
    }
    return true
  }

  async function trouble(fault: Fault, node: FaultyNode): Promise<boolean> {
    switch (fault.do) {
      case 'kill':
      case 'stop':
        await node.end(fault.do === 'kill' ? 'SIGKILL' : 'SIGTERM')
        await lasts(fault.forMs)
        await node.start()
        return true
      case 'rollback':
      case 'jump': {
        const fromMs = nowMs()
        await node.keepData()
        await pause(fault.lostMs / 2)
        if (fault.do === 'jump') node.setClock(fault.byMs)
        await pause(fault.lostMs / 2)
        await node.end('SIGKILL')
        rollbacks.push({ node: fault.node, fromMs, toMs: nowMs() })
        if (fault.do === 'jump') {
          clocks.push({ node: fault.node, fromMs, toMs: nowMs() })
          node.setClock(0)
        }
        await node.putBackData()
        await lasts(fault.forMs)
        await node.start()
        return true
      }
      case 'pause':
        node.freeze()
        await lasts(fault.forMs)
        node.thaw()
        return true
      case 'clock': {
        const fromMs = nowMs()
        node.setClock(fault.byMs)
        await lasts(fault.forMs)
        node.setClock(0)
        clocks.push({ node: fault.node, fromMs, toMs: nowMs() })
        return true
      }
      case 'fill':
        await node.fillDisk(true)
        await lasts(fault.forMs)
        await node.fillDisk(false)
        return true
      case 'cut':
      case 'mute':
      case 'slow': {
        const end = network.hinder(
          fault.nodes,
          fault.do === 'slow' ? { how: 'slow', delayMs: fault.delayMs } : { how: fault.do },
        )
        await lasts(fault.forMs)
        end()
        return true
      }
    }
  }

  return async (fault: Action & Fault): Promise<boolean> => {
    if ('nodes' in fault) return trouble(fault, nodes[0]!)
    const node = nodes[fault.node]!
    const [life, clock, disk] = [`${fault.node} life`, `${fault.node} clock`, `${fault.node} disk`]
    const task = () => trouble(fault, node)
    if (fault.do === 'clock') return alone([clock], task)
    if (fault.do === 'fill') return node.hasDisk && alone([disk], task)
    // A node that could not start on a full disk stays down until all is put right.
    if (!node.isRunning()) return false
    // What was kept must have room.
    if (fault.do === 'rollback') return alone([life, disk], task)
    return alone(fault.do === 'jump' ? [life, disk, clock] : [life], task)
  }
}
