/** Real nodes for the replay, on ports of the system's choice and in folders of their own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Config, DEFAULTS } from '../../src/config.ts'
import { type Node, startNode } from '../../src/node.ts'
import type { Activity } from '../../src/observe/activity.ts'
import { silent } from '../../src/observe/log.ts'

export interface ReplayNode {
  readonly node: Node
  /** Ends when something like this has happened in the node, before or after the call. */
  seen(what: (activity: Activity) => boolean): Promise<void>
}

export interface ReplayNodes {
  start(name: string, changes: Partial<Config> & Pick<Config, 'owner'>): Promise<ReplayNode>
  /** Stops the node and starts it again on the same folder. */
  restart(name: string): Promise<ReplayNode>
  get(name: string): ReplayNode
  stopAll(): Promise<void>
}

export function createReplayNodes(): ReplayNodes {
  const running = new Map<string, { replay: ReplayNode; config: Config }>()
  const folders: string[] = []

  async function run(name: string, config: Config): Promise<ReplayNode> {
    const happened: Activity[] = []
    const waiting = new Set<(activity: Activity) => void>()
    const onActivity = (activity: Activity) => {
      happened.push(activity)
      for (const look of waiting) look(activity)
    }
    const node = await startNode(config, { log: silent, onActivity })
    const replay: ReplayNode = {
      node,
      seen(what) {
        if (happened.some(what)) return Promise.resolve()
        return new Promise(resolve => {
          const look = (activity: Activity) => {
            if (!what(activity)) return
            waiting.delete(look)
            resolve()
          }
          waiting.add(look)
        })
      },
    }
    running.set(name, { replay, config })
    return replay
  }

  const nodes: ReplayNodes = {
    async start(name, changes) {
      const dataDir = await mkdtemp(join(tmpdir(), 'nostrp2p-replay-'))
      folders.push(dataDir)
      return run(name, {
        ...DEFAULTS,
        listen: { host: '127.0.0.1', port: 0 },
        clientPort: 0,
        bootstraps: [],
        dataDir,
        tls: undefined,
        // What the original's nodes missed is missed here too; catching up has tests of its own.
        tuning: { ...DEFAULTS.tuning, repairMs: 0 },
        ...changes,
      })
    },
    async restart(name) {
      const { replay, config } = running.get(name)!
      await replay.node.stop()
      return run(name, config)
    },
    get(name) {
      const found = running.get(name)
      if (found === undefined) throw new Error(`no node is called ${name}`)
      return found.replay
    },
    async stopAll() {
      await Promise.all([...running.values()].map(({ replay }) => replay.node.stop()))
      await Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true })))
    },
  }
  return nodes
}
