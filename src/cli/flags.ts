/** The table of flags: parser, environment, help text and the check of the README are made from it. */
import type { CommandName } from './commands.ts'

export type FlagName =
  | 'listen-addr-port'
  | 'boot-peer-addr-port'
  | 'announce'
  | 'mdns'
  | 'port-mapping'
  | 'browsers'
  | 'browser-port'
  | 'serve-page'
  | 'auto-tls'
  | 'public-key'
  | 'writable'
  | 'native-verifier'
  | 'debug'
  | 'ssl'
  | 'tls-cert'
  | 'tls-key'
  | 'data-dir'
  | 'max-events'
  | 'max-store-mb'
  | 'relay-writes'
  | 'relay-reads'
  | 'relay-pow'
  | 'relay-url'
  | 'guest-share'
  | 'guest-events'
  | 'guest-rate'
  | 'guest-event-kb'
  | 'all'
  | 'json'
  | 'once'
  | 'url'
  | 'page'
  | 'port'
  | 'key-file'
  | 'days'
  | 'withdraw'
  | 'node'
  | 'help'
  | 'version'

export interface Flag {
  readonly name: FlagName
  readonly short?: string
  /** `list` may be given several times. A `boolean` may be followed by true or false. */
  readonly kind: 'text' | 'list' | 'boolean'
  /** How the value is called in the help text. */
  readonly value?: string
  readonly what: string
  /** As the help text says it. */
  readonly fallback?: string
  /** Whether the node's page may set it; without it for the next start. */
  readonly page?: 'never' | 'at once'
  readonly commands: readonly CommandName[]
}

/** `doctor` takes what `server` takes, so that one can be called like the other. */
const NODE: readonly CommandName[] = ['server', 'doctor']
const ALL: readonly CommandName[] = [
  'server',
  'doctor',
  'bind',
  'pair',
  'connect',
  'sync',
  'export',
  'import',
  'genkey',
  'demo',
  'help',
  'version',
]

export const FLAGS: readonly Flag[] = [
  {
    name: 'listen-addr-port',
    short: 'l',
    kind: 'text',
    value: 'address:port',
    what: 'Where other nodes reach this one. Clients connect to the port after it.',
    fallback: '127.0.0.1:20000',
    commands: NODE,
  },
  {
    name: 'boot-peer-addr-port',
    short: 'b',
    kind: 'list',
    value: 'host:port',
    what: 'A node to join the network through: host:port, host, or a multiaddr. May be given several times.',
    page: 'at once',
    commands: NODE,
  },
  {
    name: 'announce',
    kind: 'list',
    value: 'host:port',
    what: 'Where others reach this node, when it cannot find out by itself: host:port or a multiaddr. May be given several times.',
    fallback: 'what the node, its router and its peers find out',
    commands: NODE,
  },
  {
    name: 'mdns',
    kind: 'boolean',
    what: 'Find the nodes of the same local network, and be found by them.',
    fallback: 'true',
    commands: NODE,
  },
  {
    name: 'port-mapping',
    kind: 'boolean',
    what: 'Ask the router by UPnP and NAT-PMP to let other nodes in.',
    fallback: 'true',
    commands: NODE,
  },
  {
    name: 'browsers',
    kind: 'text',
    value: 'auto|on|off',
    what: 'Let browsers come in, by WebSocket and WebRTC-direct, to find their own nodes through this one: where other nodes reach it, always, or never.',
    fallback: 'auto',
    commands: NODE,
  },
  {
    name: 'browser-port',
    kind: 'text',
    value: 'port',
    what: 'Where browsers come in, on TCP and UDP.',
    fallback: 'two after the port of --listen-addr-port',
    commands: NODE,
  },
  {
    name: 'serve-page',
    kind: 'text',
    value: 'auto|on|off',
    what: 'Offer the page to everybody who opens the client address, to reach a node of their own with it; it shows nothing of this one. Where other nodes reach this one, always, or never.',
    fallback: 'auto',
    commands: NODE,
  },
  {
    name: 'auto-tls',
    kind: 'boolean',
    what: "Get a TLS certificate for the WebSockets of browsers from Let's Encrypt, under a name at libp2p.direct, for a node without a certificate of its own. Both services then know the node's address; their terms hold.",
    fallback: 'false',
    commands: NODE,
  },
  {
    name: 'public-key',
    short: 'p',
    kind: 'text',
    value: 'npub',
    what: "The owner's public key: npub, nprofile or 64 hex digits.",
    fallback: 'the owner that the data directory knows; a new node waits to be claimed',
    page: 'never',
    commands: NODE,
  },
  {
    name: 'writable',
    short: 'w',
    kind: 'boolean',
    what: 'Whether the owner may publish through this node. False for a bootstrap node.',
    fallback: 'true',
    commands: NODE,
  },
  {
    name: 'native-verifier',
    kind: 'boolean',
    what: "Check signatures with the system's libsecp256k1 where it is installed; false for the one that comes along.",
    fallback: 'true',
    commands: NODE,
  },
  {
    name: 'debug',
    short: 'd',
    kind: 'boolean',
    what: 'Print debug logs to stderr.',
    fallback: 'false',
    commands: ['server', 'connect', 'demo'],
  },
  {
    name: 'ssl',
    short: 's',
    kind: 'boolean',
    what: 'Serve clients over TLS, with fullchain.pem and privkey.pem from the working directory.',
    fallback: 'false',
    commands: NODE,
  },
  {
    name: 'tls-cert',
    kind: 'text',
    value: 'file',
    what: 'Serve clients over TLS with this certificate chain (PEM).',
    commands: NODE,
  },
  {
    name: 'tls-key',
    kind: 'text',
    value: 'file',
    what: 'The private key of --tls-cert (PEM).',
    commands: NODE,
  },
  {
    name: 'data-dir',
    kind: 'text',
    value: 'directory',
    what: 'Where the node keeps its key, its token and its posts.',
    fallback: "a folder for each owner in the platform's data folder",
    page: 'never',
    commands: [...NODE, 'bind', 'pair', 'connect', 'sync', 'export', 'import'],
  },
  {
    name: 'max-events',
    kind: 'text',
    value: 'number',
    what: 'How many events to keep; beyond that the least wanted go.',
    fallback: '102400',
    page: 'at once',
    commands: NODE,
  },
  {
    name: 'max-store-mb',
    kind: 'text',
    value: 'number',
    what: 'How many megabytes (MiB) of events to keep.',
    fallback: '512',
    page: 'at once',
    commands: NODE,
  },
  {
    name: 'relay-writes',
    kind: 'text',
    value: 'owner|listed|anyone',
    what: "Whose events the relay takes: the owner's; also those of people whom the owner has listed, on the page /relay of the node; or everybody's. What others leave stays on this node, within the bounds of --guest-…, and goes first when the store is full.",
    fallback: 'owner',
    commands: NODE,
  },
  {
    name: 'relay-reads',
    kind: 'text',
    value: 'owner|listed|anyone',
    what: 'Who else may read what is not private to the owner: nobody, the people whom the owner has listed, or everybody.',
    fallback: 'owner',
    commands: NODE,
  },
  {
    name: 'relay-pow',
    kind: 'text',
    value: 'bits',
    what: 'Bits of proof of work (NIP-13), from 0 to 64, that the relay asks of people who are not listed.',
    fallback: '0',
    commands: NODE,
  },
  {
    name: 'relay-url',
    kind: 'list',
    value: 'wss://host',
    what: 'A URL by which clients elsewhere know this relay, such as that of a proxy in front of it; they sign in under this name (NIP-42). May be given several times.',
    fallback: 'the addresses of this machine',
    commands: NODE,
  },
  {
    name: 'guest-share',
    kind: 'text',
    value: 'per cent',
    what: 'How much of the store the events of guests (whoever else the relay takes events of) may get, from 1 to 90.',
    fallback: '25',
    commands: NODE,
  },
  {
    name: 'guest-events',
    kind: 'text',
    value: 'number',
    what: 'How many events to keep of one guest.',
    fallback: '1000',
    commands: NODE,
  },
  {
    name: 'guest-rate',
    kind: 'text',
    value: 'number',
    what: "How many guests' events to take from one address in a minute; 0 for as many as it sends.",
    fallback: '60',
    commands: NODE,
  },
  {
    name: 'guest-event-kb',
    kind: 'text',
    value: 'number',
    what: 'How many kilobytes (KiB) one event of a guest may have, from 1 to 256.',
    fallback: '64',
    commands: NODE,
  },
  {
    name: 'all',
    kind: 'boolean',
    what: 'Also what others wrote, as far as the node has it.',
    fallback: 'false',
    commands: ['export'],
  },
  {
    name: 'json',
    kind: 'boolean',
    what: 'Print JSON, one value a line.',
    fallback: 'false',
    commands: ['server', 'doctor', 'genkey', 'version', 'bind', 'pair', 'sync', 'import'],
  },
  {
    name: 'once',
    kind: 'boolean',
    what: 'End when the story is told instead of waiting for Ctrl-C.',
    fallback: 'true when the output is not a terminal',
    commands: ['demo'],
  },
  {
    name: 'url',
    kind: 'text',
    value: 'address',
    what: 'The client address of the node, as it printed it at its start; of an unclaimed node the claim address.',
    fallback: 'http://127.0.0.1:20001',
    commands: ['bind', 'pair', 'sync', 'export', 'import'],
  },
  {
    name: 'page',
    kind: 'text',
    value: 'address',
    what: 'The page that the QR code opens, such as that of a public node (https://…): a device that is away cannot open the one at home.',
    fallback: "the node's own page, at its address in the local network",
    commands: ['pair'],
  },
  {
    name: 'port',
    kind: 'text',
    value: 'number',
    what: 'The port of this machine (127.0.0.1) that leads to the node.',
    fallback: '20001',
    commands: ['connect'],
  },
  {
    name: 'key-file',
    kind: 'text',
    value: 'file',
    what: 'Read the secret key (nsec, hex or ncryptsec) from this file.',
    fallback: 'asked for at the terminal, or read from what is piped in',
    commands: ['bind'],
  },
  {
    name: 'days',
    kind: 'text',
    value: 'number',
    what: 'For how many days the node is yours, from 1 to 400.',
    fallback: '180',
    commands: ['bind'],
  },
  {
    name: 'withdraw',
    kind: 'boolean',
    what: 'Take back that the node is yours.',
    fallback: 'false',
    commands: ['bind'],
  },
  {
    name: 'node',
    kind: 'text',
    value: 'node ID',
    what: 'With --withdraw: another node of yours, such as one that was lost; the node at --url passes it on.',
    commands: ['bind'],
  },
  { name: 'help', short: 'h', kind: 'boolean', what: 'Explain the command.', commands: ALL },
  { name: 'version', short: 'V', kind: 'boolean', what: 'Print the version.', commands: ALL },
]

/** The environment variable that means the same as a flag; undefined for `--help` and `--version`. */
export function environmentName(flag: Flag): string | undefined {
  if (flag.name === 'help' || flag.name === 'version') return undefined
  return `NOSTRP2P_${flag.name.toUpperCase().replaceAll('-', '_')}`
}

export function flagNamed(name: string): Flag | undefined {
  return FLAGS.find(flag => flag.name === name || flag.short === name)
}

/** `-l` or `--data-dir`, as people name the flag. */
export function spelled(flag: Flag): string {
  return flag.short === undefined ? `--${flag.name}` : `-${flag.short}`
}
