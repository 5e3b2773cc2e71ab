/**
 * The node of the short form: what a node remembers for ten minutes is full after a minute or two. Arguments: port of
 * the overlay, owner, data directory.
 */
import { DEFAULTS } from '../../src/config.ts'
import { BUFFER_POOL_BYTES } from '../../src/main.ts'
import { startNode } from '../../src/node.ts'
import { silent } from '../../src/observe/log.ts'
import { BOUNDS } from './bounds.ts'

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
    tuning: { ...DEFAULTS.tuning, maxSeen: 3_000 },
  },
  { log: silent },
)
process.once('SIGTERM', () => void node.stop().then(() => process.exit()))
process.stdout.write('  network joined\n')
