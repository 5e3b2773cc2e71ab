/** What the checks look at together, gathered once: the running node, its directory, and whom it can be compared with. */
import type { Config } from '../config.ts'
import {
  createVisitor,
  type FailedVisit,
  type InspectedDirectory,
  inspectDirectory,
  lookIntoStore,
  type StoreLook,
  type Visit,
} from '../diagnose.ts'
import { parsePublicKey } from '../event/keys.ts'
import { isRejection } from '../event/rejection.ts'
import type { Clock } from '../observe/clock.ts'
import type { NodeStatus } from '../wire/node-status.ts'
import { type PortState, portStates } from './port-states.ts'
import { type FoundNode, findRunningNode } from './running-node.ts'
import { askWayIn, type WayInState } from './way-in.ts'

/** A visit to one address, under way or over. */
export interface Visited {
  /** Multiaddr. */
  readonly address: string
  readonly outcome: Promise<Visit | FailedVisit>
}

export interface Examined {
  readonly config: Config
  readonly clock: Clock
  readonly directory: InspectedDirectory
  /** Whatever node answers at the client port. */
  readonly found: FoundNode
  /** The status of the node that runs on this data directory. */
  readonly own: NodeStatus | undefined
  /** Of the overlay's port and the clients', before anything here has listened. */
  readonly ports: readonly PortState[]
  /** What the store says while the node does not run. */
  readonly store: StoreLook
  readonly bootstraps: readonly Visited[]
  /** Other nodes to ask where bootstraps are missing: those connected now, or known from the last run. */
  readonly others: readonly Visited[]
  /** The visits that led to another node, when all are over; each node once. */
  readonly witnesses: Promise<readonly Visit[]>
  /** Whether others would get in at the place of a node that does not run. */
  readonly wayIn: Promise<WayInState>
  /** Comes when nobody waits for the answers any more. */
  readonly signal: AbortSignal
  /** Hangs up. Ends within a second. */
  end(): Promise<void>
}

/** Other nodes that are visited when there are fewer bootstraps than this: two answers tell the kind of NAT. */
const WANTED_WITNESSES = 2
/** Of those known from the last run some are away. */
const MAX_OTHERS = 4

/** A node that answers does so within two round trips of the slowest line. */
const VISIT_MS = 5_000

export interface ExamineParts {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Numeric id of the user who asks, if the system has one. */
  readonly uid: number | undefined
  /** Of the node that asks how it is itself. */
  readonly self?: NodeStatus
}

export async function examine(config: Config, { clock, signal, uid, self }: ExamineParts): Promise<Examined> {
  const directory = await inspectDirectory(config.dataDir)
  const ports = await portStates(config.listen.host, [config.listen.port, config.clientPort])
  const found: FoundNode =
    self === undefined ? await findRunningNode(config, directory.token) : { state: 'running', status: self }
  const own = self ?? (found.state === 'running' && found.status.node === directory.node ? found.status : undefined)
  // Opened by another user, the store would have files that its owner cannot write.
  const isOurs = directory.ownerUid === undefined || directory.ownerUid === uid
  const store: StoreLook = !isOurs
    ? { state: 'not-ours' }
    : own === undefined
      ? await lookIntoStore(config, directory, ownerOf(config, directory), clock)
      : { state: 'in-use' }
  const visitor = await createVisitor(clock)
  const visit = (address: string): Visited => ({
    address,
    outcome: visitor.visit(address, AbortSignal.any([signal, AbortSignal.timeout(VISIT_MS)])),
  })
  const given = config.bootstraps.length > 0 ? config.bootstraps : (own?.overlay.bootstraps ?? []).map(b => b.address)
  const bootstraps = given.map(visit)
  const others = given.length >= WANTED_WITNESSES ? [] : otherAddresses(own, store).slice(0, MAX_OTHERS).map(visit)
  const witnesses = whoAnswered([...bootstraps, ...others], directory.node)
  const wayIn: Promise<WayInState> =
    own === undefined
      ? askWayIn({ config, clock, port: ports[0]!, witnesses, signal })
      : Promise.resolve({ state: 'not-asked', why: 'the node runs and knows by itself' })
  return {
    config,
    clock,
    directory,
    found,
    own,
    ports,
    store,
    bootstraps,
    others,
    witnesses,
    wayIn,
    signal,
    end: () => visitor.stop(),
  }
}

function ownerOf(config: Config, directory: InspectedDirectory): string | undefined {
  if (config.owner !== undefined || directory.owner === undefined) return config.owner
  const kept = parsePublicKey(directory.owner)
  return isRejection(kept) ? undefined : kept
}

/** Addresses that can be dialled by a visitor that speaks TCP alone. */
function otherAddresses(own: NodeStatus | undefined, store: StoreLook): string[] {
  const connected = own?.peers.filter(peer => peer.direction === 'outbound').map(peer => peer.address) ?? []
  const known = store.state === 'read' ? [...store.known].sort((a, b) => b.lastSeenMs - a.lastSeenMs) : []
  return [...connected, ...known.flatMap(({ addresses }) => addresses.slice(0, 1))].filter(address =>
    /^\/(ip4|ip6|dns[46]?)\/[^/]+\/tcp\/\d+(\/p2p\/[^/]+)?$/.test(address),
  )
}

/** Each other node once. */
async function whoAnswered(visited: readonly Visited[], self: string | undefined): Promise<Visit[]> {
  const outcomes = await Promise.all(visited.map(({ outcome }) => outcome))
  const nodes = outcomes.flatMap(outcome => ('failed' in outcome || outcome.node === self ? [] : [outcome]))
  return [...new Map(nodes.map(visit => [visit.node, visit])).values()]
}
