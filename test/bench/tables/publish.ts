import { buildPackage, startNodeProcess } from '../node-process.ts'
import { post, writer } from '../posts.ts'
import { connectClient } from '../raw-client.ts'
import { rateOfParallel } from '../statistics.ts'
import { goalAtLeast, originalAtLeast, type Table } from '../table.ts'

const MANY = 8

export const publish: Table = {
  name: 'publish',
  title: 'POST /publish, each on disk before its answer',
  how: 'The built package as a process; signed posts of 140 characters over keep-alive connections, the next one after the answer.',
  async measure(run) {
    await buildPackage(run)
    const owner = writer('publisher')
    const { workspace } = run
    const node = await startNodeProcess(workspace, { owner: owner.pubkey, dataDir: workspace.folder('node') })
    const count = run.quick ? 1_500 : 6_000
    let number = 0

    async function rate(connections: number): Promise<number> {
      const bodies = Array.from({ length: count }, () => JSON.stringify(post(owner, number++)))
      const clients = await Promise.all(Array.from({ length: connections }, () => connectClient(node.clientPort)))
      const perSecond = await rateOfParallel(count, connections, async i => {
        const client = clients.pop()!
        const { status } = await client.request('POST', '/publish', bodies[i]!)
        clients.push(client)
        if (status !== 200) throw new Error(`a post was answered with ${status}`)
      })
      for (const client of clients) client.close()
      return perSecond
    }

    run.progress('warming up')
    await rate(MANY)
    run.progress('one connection')
    const one = await rate(1)
    run.progress(`${MANY} connections`)
    const many = await rate(MANY)
    await node.stop()
    return [
      { what: 'one connection', value: one, unit: '/s', bound: goalAtLeast(1_000) },
      { what: `${MANY} connections`, value: many, unit: '/s', bound: goalAtLeast(2_500) },
      { what: 'one connection, against the best of the original', value: one, unit: '/s', bound: originalAtLeast(380) },
      { what: `${MANY}, against the best of the original`, value: many, unit: '/s', bound: originalAtLeast(1_140) },
    ]
  },
}
