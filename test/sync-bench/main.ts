/** `npm run bench:sync -- [--quick] [--only <row>]…`: two real nodes over loopback that find out what they do not share. */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { inWorkspace, timedProgress, type Workspace } from '../bench/workspace.ts'
import { away } from './away-row.ts'
import { equal, newest, rate, scattered } from './exchange-rows.ts'
import { memory } from './memory-row.ts'
import { loss, quiet } from './mesh-rows.ts'
import { type Figure, type Row, report } from './row.ts'

const ROWS: readonly Row[] = [equal, newest, scattered, rate, memory, away, quiet, loss]

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: [] } },
})

const unknown = flags.only.filter(name => !ROWS.some(row => row.name === name))
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(', ')}. There are: ${ROWS.map(({ name }) => name).join(', ')}.`)
  process.exitCode = 2
} else {
  await inWorkspace(run)
}

async function run(workspace: Workspace): Promise<void> {
  const progress = timedProgress()
  const figures: Figure[] = []
  for (const row of ROWS.filter(({ name }) => flags.only.length === 0 || flags.only.includes(name))) {
    try {
      figures.push(...(await row.measure({ workspace, quick: flags.quick, progress })))
    } catch (error) {
      process.exitCode = 1
      progress(`${row.name} failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  console.log(`Node ${process.versions.node}, load ${loadavg()[0]!.toFixed(2)}, ${new Date().toISOString()}\n`)
  console.log(report(figures))
}
