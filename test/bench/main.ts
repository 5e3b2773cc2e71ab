/** `npm run bench [-- table …] [--list] [--quick] [--json]`: measures, prints, judges nothing. */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { LEGEND, tableText } from './report.ts'
import { type Run, ratioOf, type Table } from './table.ts'
import { TABLES } from './tables.ts'
import { createWorkspace } from './workspace.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean' }, quick: { type: 'boolean' }, json: { type: 'boolean' } },
})
const unknown = positionals.filter(name => !TABLES.some(table => table.name === name))

if (values.list === true) {
  for (const { name, title } of TABLES) console.log(`${name.padEnd(12)} ${title}`)
} else if (unknown.length > 0) {
  console.error(`There is no table ${unknown.join(', ')}. There are: ${TABLES.map(({ name }) => name).join(', ')}.`)
  process.exitCode = 2
} else {
  await bench(positionals.length === 0 ? TABLES : TABLES.filter(({ name }) => positionals.includes(name)))
}

async function bench(tables: readonly Table[]): Promise<void> {
  const results: unknown[] = []
  if (values.json !== true) console.log(`${machine()}\n${LEGEND}`)
  for (const table of tables) {
    const result = await measured(table)
    results.push(result)
    if (values.json === true) continue
    if ('failed' in result) console.log(`${table.title}  (${table.name})\n  not measured: ${result.failed}\n`)
    else console.log(tableText(table, result.rows))
  }
  if (values.json === true) console.log(JSON.stringify({ machine: machine(), tables: results }, null, 2))
}

/** Each table has a workspace of its own, so that nothing of one runs beside the next. */
async function measured(table: Table) {
  const workspace = createWorkspace()
  const interrupt = () => {
    workspace.clear()
    process.exit(130)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const run: Run = { quick: values.quick === true, workspace, progress: text => progress(`${table.name}: ${text}`) }
  try {
    const rows = await table.measure(run)
    return { name: table.name, title: table.title, rows: rows.map(row => ({ ...row, ratio: ratioOf(row) })) }
  } catch (error) {
    process.exitCode = 1
    return { name: table.name, title: table.title, failed: error instanceof Error ? error.message : String(error) }
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    workspace.clear()
    progress('')
  }
}

/** One line on a terminal that the next one replaces; nothing in a file. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

function machine(): string {
  const load = loadavg()[0]!.toFixed(2)
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, load at the start ${load}, ${new Date().toISOString()}`
}
