/**
 * The node of the short form: all that a node remembers is full after a minute or two, and then turns over again and
 * again. Arguments: port of the overlay, owner, data directory.
 */
import { DEFAULTS } from '../../src/config.ts'
import { BUFFER_POOL_BYTES } from '../../src/main.ts'
import { startNode } from '../../src/node.ts'
import { silent } from '../../src/observe/log.ts'
import { BOUNDS } from './bounds.ts'

/** Messages of five seconds, own ones of a minute or two; nodes and deletions of a minute; a table of LevelDB every few seconds. */
const SMALL = {
  maxSeen: 250,
  remembered: { nodes: 60, peers: 30 },
  store: { maxTombstones: 300, maxKnownPeers: 30, writeBufferBytes: 256 * 1024 },
}

Buffer.poolSize = BUFFER_POOL_BYTES
const [port, owner, dataDir] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('port, owner, data directory')

const node = await startNode(
  {
    ...DEFAULTS,
    listen: { host: '127.0.0.1', port: Number(port) },
    clientPort: Number(port) + 1,
    bootstraps: [],
    mdns: false,
    portMapping: false,
    tls: undefined,
    owner,
    dataDir,
    maxEvents: BOUNDS.events,
    maxBytes: BOUNDS.mib * 1024 * 1024,
    tuning: { ...DEFAULTS.tuning, ...SMALL },
  },
  { log: silent },
)
process.once('SIGTERM', () => void node.stop().then(() => process.exit()))
process.stdout.write('  network joined\n')
