/** What the checks look at together, gathered once: the running node, its directory, and whom it can be compared with. */
import type { Config } from '../../config.ts'
import {
  createVisitor,
  type FailedVisit,
  type InspectedDirectory,
  inspectDirectory,
  lookIntoStore,
  type StoreLook,
  type Visit,
} from '../../diagnose.ts'
import { parsePublicKey } from '../../event/keys.ts'
import { isRejection } from '../../event/rejection.ts'
import type { NodeStatus } from '../../flow/status.ts'
import type { Clock } from '../../observe/clock.ts'
import { type FoundNode, findRunningNode } from './running-node.ts'

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
  /** What the store says while the node does not run. */
  readonly store: StoreLook
  readonly bootstraps: readonly Visited[]
  /** Other nodes to ask where bootstraps are missing: those connected now, or known from the last run. */
  readonly others: readonly Visited[]
  /** Comes when nobody waits for the answers any more. */
  readonly signal: AbortSignal
  /** Hangs up. Ends within a second. */
  end(): Promise<void>
}

/** Other nodes that are visited when there are fewer bootstraps than this: two answers tell the kind of NAT. */
const WANTED_WITNESSES = 2
/** Of those known from the last run some are away. */
const MAX_OTHERS = 4

export interface ExamineParts {
  readonly clock: Clock
  readonly signal: AbortSignal
}

export async function examine(config: Config, { clock, signal }: ExamineParts): Promise<Examined> {
  const directory = await inspectDirectory(config.dataDir)
  const found = await findRunningNode(config, directory.token)
  const own = found.state === 'running' && found.status.node === directory.node ? found.status : undefined
  const store: StoreLook =
    own === undefined ? await lookIntoStore(config, directory, ownerOf(config, directory), clock) : { state: 'in-use' }
  const visitor = await createVisitor(clock)
  const visit = (address: string): Visited => ({ address, outcome: visitor.visit(address, signal) })
  const given = config.bootstraps.length > 0 ? config.bootstraps : (own?.overlay.bootstraps ?? []).map(b => b.address)
  return {
    config,
    clock,
    directory,
    found,
    own,
    store,
    bootstraps: given.map(visit),
    others: given.length >= WANTED_WITNESSES ? [] : otherAddresses(own, store).slice(0, MAX_OTHERS).map(visit),
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

/** The visits that led to a node, when all are over. */
export async function witnesses({ bootstraps, others }: Examined): Promise<Visit[]> {
  const outcomes = await Promise.all([...bootstraps, ...others].map(({ outcome }) => outcome))
  const nodes = new Map(outcomes.flatMap(outcome => ('failed' in outcome ? [] : [[outcome.node, outcome]])))
  return [...nodes.values()]
}
