/** `npm run bench:away [-- table …] [--list] [--quick] [--json]`: as root, in namespaces of its own, with a Chromium. */
import { runTables } from '../../bench/run-tables.ts'
import { WHY_NOT } from '../lab/requirements.ts'
import { idle, script, timeline } from './away.ts'

if (WHY_NOT === undefined) {
  await runTables([timeline, idle, script])
} else {
  console.error(`bench:away cannot run here. ${WHY_NOT}`)
  process.exitCode = 1
}
process.exit()
