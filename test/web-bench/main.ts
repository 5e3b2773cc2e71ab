/** `npm run bench:web [-- table …] [--list] [--quick] [--json]`: the page in a real Chromium at a real node. */
import { runTables } from '../bench/run-tables.ts'
import { away } from './away.ts'
import { pull } from './pull.ts'
import { scroll } from './scroll.ts'
import { start } from './start.ts'

await runTables([start, scroll, pull, away])
process.exit()
