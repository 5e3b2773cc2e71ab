/** What almost every scenario begins with: an Internet, public nodes with names, and homes behind routers. */
import { afterEach, beforeEach } from 'vitest'
import { createInternet, type Families, type Internet } from './internet.ts'
import { createLab, type Lab } from './lab.ts'
import { createLabNode, type LabNode, type LabNodeOptions, reportOf } from './lab-node.ts'
import type { Host, Network } from './network.ts'
import { WHY_NOT } from './requirements.ts'
import { createRouter, type Router, type RouterOptions } from './router.ts'

export interface HomeNode extends LabNode {
  readonly router: Router
}

export interface HomeOptions extends LabNodeOptions, Partial<RouterOptions> {
  /** Default: the Internet. */
  readonly upstream?: Network
}

/** Nodes are made, not started. A public node `hub` is called `hub.example`, and that is what homes give to `-b`. */
export interface Stage {
  readonly lab: Lab
  readonly internet: Internet
  publicNode(name: string, options?: LabNodeOptions & { families?: Families }): Promise<LabNode>
  /** Default: port-restricted NAT, IPv4. */
  home(name: string, options?: HomeOptions): Promise<HomeNode>
  router(name: string, options?: Partial<RouterOptions>): Promise<Router>
  /** A node on a host that is there. */
  node(host: Host, name: string, options?: LabNodeOptions): Promise<LabNode>
  /** What all nodes say of themselves, for whoever has to find out why a scenario failed. */
  report(): Promise<string>
}

export async function createStage(): Promise<Stage> {
  const lab = await createLab()
  const internet = await createInternet(lab)
  const nodes: LabNode[] = []
  const node: Stage['node'] = async (host, name, options) => {
    const made = await createLabNode(lab, host, name, options)
    nodes.push(made)
    return made
  }
  return {
    lab,
    internet,
    node,
    async publicNode(name, { families, ...options } = {}) {
      const host = await internet.host(name, families)
      const { v4, v6 } = host.cable
      lab.names.set(`${name}.example`, ...[v4, v6].filter(address => address !== undefined))
      return node(host, name, options)
    },
    async home(name, { upstream = internet, nat = 'port-restricted', ...options } = {}) {
      const router = await createRouter(lab, upstream, `${name}-router`, { nat, ...options })
      const made = await node(await router.host(name), name, { boot: ['hub.example:20000'], ...options })
      return { ...made, router }
    },
    router: (name, options) => createRouter(lab, internet, name, { nat: 'port-restricted', ...options }),
    report: async () => (await Promise.all(nodes.map(reportOf))).join('\n'),
  }
}

/** A new one for each test, gone when it is over. Where there is none, the tests are skipped before they ask. */
export function useStage(): () => Stage {
  let stage: Stage | undefined
  beforeEach(async () => {
    if (WHY_NOT === undefined) stage = await createStage()
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(`${task.name}\n${await stage?.report()}`)
    await stage?.lab.end()
    stage = undefined
  })
  return () => stage!
}
