/** What a person reads when the node has started. */
import { networkInterfaces } from 'node:os'
import type { Config } from '../config.ts'
import { npubOf, ownerPeerId } from '../event/keys.ts'
import type { Node } from '../node.ts'
import { VERSION } from '../version.ts'
import type { BootstrapStatus } from '../wire/node-status.ts'
import { addressWords } from '../words/activity-lines.ts'
import { count, plain, shortPath } from '../words/plain-text.ts'
import type { Ink } from './ink.ts'

/** The facts of a started node, as `--json` prints them. */
export interface StartFacts {
  readonly version: string
  /** npub; null while the node is unclaimed. */
  readonly owner: string | null
  readonly ownerPeerId: string | null
  /** Node peer ID. */
  readonly node: string
  readonly bindingExpires: string | null
  readonly overlay: readonly string[]
  readonly clientOrigin: string
  /** With the access token: keep it private. */
  readonly clientUrl: string
  /** While the node is unclaimed and takes writes. */
  readonly claimUrl: string | null
  readonly dataDir: string
  readonly writable: boolean
  readonly bootstraps: readonly BootstrapStatus[]
  readonly peers: number
}

export async function startFacts(node: Node, config: Config): Promise<StartFacts> {
  const owner = node.owner()
  const claimToken = node.claimToken()
  const clientOrigin = localOrigin(node.clientOrigin)
  const { overlay, peers } = await node.status()
  return {
    version: VERSION,
    owner: owner === undefined ? null : npubOf(owner),
    ownerPeerId: owner === undefined ? null : ownerPeerId(owner),
    node: node.peerId,
    bindingExpires: node.bindingExpires() ?? null,
    overlay: node.overlayAddresses(),
    clientOrigin,
    clientUrl: `${clientOrigin}/k/${node.token}`,
    claimUrl: claimToken === undefined || !config.writable ? null : `${clientOrigin}/k/${claimToken}`,
    dataDir: config.dataDir,
    writable: config.writable,
    bootstraps: overlay.bootstraps,
    peers: peers.length,
  }
}

/** "All addresses" is none that can be opened: the loopback stands for it. */
function localOrigin(origin: string): string {
  return origin.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

export interface StartTextOptions {
  readonly ink: Ink
  readonly homeDir: string
  /** The address under which other devices of the home reach this machine; undefined when they cannot. */
  readonly lanHost: string | undefined
  /** The client URL as a QR code; empty without. */
  readonly qrCode: (url: string) => string
}

export function startText(facts: StartFacts, options: StartTextOptions): string {
  const { ink } = options
  const rows = [
    ...ownerRows(facts, options),
    row('node', facts.node),
    ...facts.overlay.map((address, i) => row(i === 0 ? 'overlay' : '', address.replace(/\/p2p\/[^/]+$/, ''))),
    ...clientRows(facts, options),
    row('data', shortPath(facts.dataDir, options.homeDir)),
    row('network', networkWords(facts)),
  ]
  return `${ink.accent(`nostrp2p ${facts.version}`)}\n\n${rows.join('\n')}\n\n`
}

function ownerRows(facts: StartFacts, { ink, lanHost, qrCode }: StartTextOptions): string[] {
  const { owner, ownerPeerId, bindingExpires } = facts
  if (owner !== null && ownerPeerId !== null) {
    const state =
      bindingExpires === null
        ? `unproven: others take this node's word for its owner; "nostrp2p bind" or your client signs for it`
        : `claimed, binding valid until ${bindingExpires.slice(0, 10)}`
    return [
      row('owner', ink.accent(owner)),
      row('', `(${state})`),
      row('peer ID', `${ownerPeerId}  ${ink.quiet("the owner's")}`),
    ]
  }
  if (!facts.writable)
    return [row('owner', 'nobody: this node passes on what others post, and takes no posts (-w false)')]
  const localUrl = facts.claimUrl ?? facts.clientOrigin
  const claimUrl = lanHost === undefined ? localUrl : withHost(localUrl, lanHost)
  return [
    row('owner', ink.accent('nobody yet: this node is unclaimed')),
    row('claim', ink.accent(claimUrl)),
    row('', 'Open this address in a browser: it makes you a key or takes yours, and the node is yours.'),
    // A loopback address is of no use to the phone that scans it.
    ...(facts.claimUrl === null || isLoopback(claimUrl) ? [] : qrRows(qrCode(claimUrl))),
    row('', 'Or stop it and start it with -p <your npub>. No key yet? "nostrp2p genkey" makes one.'),
  ]
}

function clientRows(facts: StartFacts, { lanHost, ink, qrCode }: StartTextOptions): string[] {
  // An unclaimed node shows its claim address instead: there is nothing to read yet.
  if (facts.owner === null) return facts.writable ? [] : [row('status', facts.clientUrl)]
  const { clientUrl } = facts
  if (lanHost === undefined) {
    const hint = isLoopback(clientUrl)
      ? [row('', ink.quiet('this machine only; with -l 0.0.0.0:20000 a phone reaches it too'))]
      : []
    return [row('client', ink.accent(clientUrl)), ...hint, ...qrRows(isLoopback(clientUrl) ? '' : qrCode(clientUrl))]
  }
  const phoneUrl = withHost(clientUrl, lanHost)
  const code = qrCode(phoneUrl)
  const hint = code === '' ? 'from other devices of this network' : 'scan to pair a phone:'
  const rows = [row('client', ink.accent(phoneUrl)), row('', ink.quiet(hint)), ...qrRows(code)]
  return isLoopback(clientUrl) ? [...rows, row('', `${clientUrl}  ${ink.quiet('from this machine')}`)] : rows
}

function qrRows(code: string): string[] {
  return code === ''
    ? []
    : code
        .trimEnd()
        .split('\n')
        .map(line => `  ${line}`)
}

function networkWords({ bootstraps, peers }: StartFacts): string {
  const others = peers === 0 ? '' : `, ${count(peers, 'node')} connected`
  if (bootstraps.length === 0) {
    return peers === 0 ? 'no bootstrap given (-b): waiting for other nodes to connect' : `joined${others}`
  }
  const states = bootstraps.map(({ address, state, lastError }) => {
    const words = {
      connecting: 'joining through it …',
      connected: 'connected',
      unreachable: `cannot be reached${lastError === '' ? '' : ` (${plain(lastError, 60)})`}, still trying`,
    }[state]
    return `${addressWords(address)} ${words}`
  })
  return `${states.join('; ')}${others}`
}

const LABEL_WIDTH = 10

function row(label: string, value: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${value}`
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === '[::1]' || hostname === 'localhost' || hostname.startsWith('127.')
}

function withHost(url: string, host: string): string {
  const changed = new URL(url)
  changed.hostname = host
  return changed.href
}

/** The first address of this machine that other devices of its network reach, when the node listens on all of them. */
export function lanHostOf(listenHost: string): string | undefined {
  if (listenHost !== '0.0.0.0' && listenHost !== '::') return undefined
  const addresses = Object.values(networkInterfaces()).flatMap(list => list ?? [])
  return addresses.find(address => address.family === 'IPv4' && !address.internal)?.address
}
