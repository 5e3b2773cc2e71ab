import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../../bench/statistics.ts'
import { goalAtMost, type Table } from '../../bench/table.ts'
import { draft } from '../../support/drafts.ts'
import { until } from '../../support/until.ts'
import { onStage } from './on-stage.ts'

const POST_EVERY_MS = 100

export const coldStart: Table = {
  name: 'cold-start',
  title: 'Cold start behind port-restricted NAT',
  how: 'A node with an empty data directory, one public node as bootstrap, on which somebody posts ten times a second. From the start of the process until a pull shows the first post.',
  async measure(run) {
    const times: number[] = []
    const rounds = run.quick ? 3 : 15
    await onStage(async stage => {
      const hub = await stage.publicNode('hub')
      await hub.start()
      let isOver = false
      const posting = (async () => {
        for (let i = 0; !isOver; i++) {
          await hub.client.publish(draft.post(`post ${i}`))
          await sleep(POST_EVERY_MS)
        }
      })()
      for (let round = 0; round < rounds; round++) {
        run.progress(`${round + 1} of ${rounds}`)
        const node = await stage.home(`home${round}`)
        const startMs = performance.now()
        await node.start()
        await until('the first post', async () => (await node.client.pull()).length > 0)
        times.push(performance.now() - startMs)
        await node.end()
      }
      isOver = true
      await posting
    })
    return [
      { what: 'median', value: median(times), unit: 'ms', bound: goalAtMost(3_000) },
      { what: `slowest of ${rounds}`, value: Math.max(...times), unit: 'ms', bound: goalAtMost(3_000) },
    ]
  },
}
