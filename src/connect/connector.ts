/** `connect`, put together: the key, the pairing, the way to the node and the port on this machine. */
import { createHash } from 'node:crypto'
import { base64urlnopad } from '@scure/base'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { createDeviceHost, type DeviceLink } from '../overlay/device.ts'
import type { Away, PairRequest } from '../wire/away.ts'
import type { PairingCode } from '../wire/pairing-code.ts'
import { type Answer, ask, objectOf } from './ask.ts'
import { createFinder, type Verdict, type Whereabouts } from './finder.ts'
import { isTexts, type Kept, type KeptNode } from './kept.ts'
import { openLocalPort } from './local-port.ts'

export interface ConnectorParts {
  readonly kept: Kept
  /** To be paired with first; undefined when that was done. */
  readonly code: PairingCode | undefined
  /** What the owner's list of devices calls this one. */
  readonly name: string
  /** Program and version. */
  readonly agent: string
  /** On this machine; 0 takes a free one. */
  readonly port: number
  readonly onChange: (now: Whereabouts) => void
  /** Why there is no way at present, as a sentence for who asks at the port. */
  readonly whyNot: () => string
  readonly clock: Clock
  readonly log: Logger
}

export interface Connector {
  /** Peer ID of the node. */
  readonly node: string
  /** Peer ID of this device. */
  readonly device: string
  readonly port: number
  /** Until it is stopped, or refused for good. */
  run(): Promise<void>
  stop(): Promise<void>
}

/** Whether this code is the one by which the device was paired already. */
export function isPairedBy(code: PairingCode, node: KeptNode | undefined): boolean {
  return node !== undefined && node.node === code.node && node.code === markOf(code)
}

/** @throws the system's error when the port cannot be had, and RangeError when nothing says which node is meant */
export async function createConnector(parts: ConnectorParts): Promise<Connector> {
  const { kept, code, agent, clock, log } = parts
  let known = code === undefined ? kept.node : { ...code, code: markOf(code) }
  if (known === undefined) throw new RangeError('neither paired nor a code')
  const { node } = known
  let isPaired = code === undefined
  const host = await createDeviceHost({ key: kept.key, node, agent, log })

  /** Keeps where the node is to be found from now on. */
  async function learn(away: Away): Promise<Verdict> {
    if (away.node !== node || (known!.owner !== null && away.owner !== known!.owner)) return 'wrong-owner'
    const { owner, addresses, home } = away
    // A node that knows no address at the moment does not make the old ones wrong.
    known = {
      node,
      owner,
      addresses: addresses.length === 0 ? known!.addresses : addresses,
      home: home.length === 0 ? known!.home : home,
      code: known!.code,
    }
    await kept.keep(known)
    return 'ok'
  }

  async function askNode(link: DeviceLink, path: string, signal: AbortSignal, json?: unknown): Promise<Answer> {
    return ask(await link.open(signal), { host: node, path, signal, json })
  }

  async function pair(link: DeviceLink, secret: Uint8Array, signal: AbortSignal): Promise<Verdict> {
    const request: PairRequest = { secret: base64urlnopad.encode(secret), name: parts.name }
    const answer = await askNode(link, '/pair', signal, request)
    const said = objectOf(answer)
    const refused = verdictOf(said?.code)
    // The answer to an earlier try may have been lost.
    if (refused === 'pairing-used' && (await visit(link, signal)) === 'ok') return 'ok'
    if (refused !== undefined) return refused
    const away = awayOf(said?.away)
    if (away === undefined) throw new Error(`/pair was answered with ${answer.status}`)
    return learn(away)
  }

  async function visit(link: DeviceLink, signal: AbortSignal): Promise<Verdict> {
    const answer = await askNode(link, '/away', signal)
    if (answer.status === 401) return 'device-unknown'
    const away = awayOf(objectOf(answer))
    if (answer.status !== 200 || away === undefined) throw new Error(`/away was answered with ${answer.status}`)
    return learn(away)
  }

  const finder = createFinder({
    host,
    node,
    known: () => known!,
    async check(link, signal) {
      if (isPaired || code === undefined) return visit(link, signal)
      const verdict = await pair(link, code.secret, signal)
      isPaired = verdict === 'ok'
      return verdict
    },
    onChange: parts.onChange,
    clock,
  })
  const open = async (signal: AbortSignal) => (await finder.link(signal)).open(signal)
  const local = await openLocalPort({ port: parts.port, open, whyNot: parts.whyNot }).catch(async error => {
    await host.stop()
    throw error
  })
  return {
    node,
    device: host.peerId,
    port: local.port,
    run: finder.run,
    async stop() {
      finder.stop()
      await local.close()
      await host.stop()
    },
  }
}

function markOf({ secret }: PairingCode): string {
  return createHash('sha256').update(secret).digest('hex')
}

const REFUSALS: readonly Verdict[] = ['pairing-unknown', 'pairing-used', 'pairing-expired']

function verdictOf(code: unknown): Verdict | undefined {
  return REFUSALS.find(known => known === code)
}

function awayOf(value: unknown): Away | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { node, owner, addresses, home, version } = value as Record<string, unknown>
  if (typeof node !== 'string' || !isTexts(addresses) || !isTexts(home)) return undefined
  if (owner !== null && typeof owner !== 'string') return undefined
  return { node, owner, addresses, home, version: String(version) }
}
