/** `npm run bench:nat [-- table …] [--list] [--quick] [--json]`: as root, in namespaces of its own. */
import { runTables } from '../../bench/run-tables.ts'
import { WHY_NOT } from '../lab/requirements.ts'
import { coldStart } from './cold-start.ts'
import { firstContact } from './first-contact.ts'
import { recovery } from './recovery.ts'
import { relayLoad } from './relay-load.ts'
import { weight } from './weight.ts'

if (WHY_NOT === undefined) {
  await runTables([coldStart, firstContact, recovery, relayLoad, weight])
} else {
  console.error(`bench:nat cannot run here. ${WHY_NOT}`)
  process.exitCode = 1
}
