/** `npm run bench [-- table …] [--list] [--quick] [--json]`. */
import { runTables } from './run-tables.ts'
import { TABLES } from './tables.ts'

await runTables(TABLES)
