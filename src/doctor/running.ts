/** Whether the node runs. */
import { count } from '../words/plain-text.ts'
import { type Check, pass, warn } from './check.ts'
import { durationWords } from './clock.ts'

export const runningCheck: Check = {
  name: 'node',
  label: 'node',
  look({ config, directory, found, own }) {
    if (own !== undefined) {
      const peers = new Set(own.peers.map(({ id }) => id)).size
      const details = { running: true, node: own.node, version: own.version, peers, uptimeSeconds: own.uptimeSeconds }
      const since = `running for ${durationWords(own.uptimeSeconds * 1000)}`
      if (peers > 0) return [pass(`${since}, connected to ${count(peers, 'other node')}`, details)]
      return [warn(`${since}, connected to no other node`, 'See the lines about bootstraps and addresses.', details)]
    }
    const place = `port ${config.clientPort}`
    const start = `Start it with "nostrp2p server" and run doctor again: some things only a running node can tell.`
    if (found.state === 'running') {
      const owner = found.status.owner === null ? 'nobody' : `${found.status.owner.slice(0, 12)}…`
      const advice = `Run doctor with the flags of the node that you mean, above all -l, -p and --data-dir.`
      const details = { running: false, atPort: found.status.node }
      return [
        warn(`the node at ${place} is another one (of ${owner}), with a data directory of its own`, advice, details),
      ]
    }
    if (found.state === 'silent') {
      const advice = 'Run doctor as the user who runs that node, with its -l and --data-dir.'
      return [warn(`a node runs at ${place}, but does not tell its state`, advice, { running: false })]
    }
    const who = directory.owner === undefined ? '' : ` of ${directory.owner.slice(0, 12)}…`
    return [warn(`the node${who} does not run, or not at ${place}`, start, { running: false })]
  },
}
