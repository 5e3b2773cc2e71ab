/** Runs tables from the command line: `[table …] [--list] [--quick] [--json]`. */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { LEGEND, tableText } from './report.ts'
import { type Run, ratioOf, type Table } from './table.ts'
import { createWorkspace } from './workspace.ts'

interface Flags {
  readonly list?: boolean
  readonly quick?: boolean
  readonly json?: boolean
}

/** Measures, prints, judges nothing. The exit code is 1 when a table could not be measured, 2 when there is none of that name. */
export async function runTables(all: readonly Table[]): Promise<void> {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { list: { type: 'boolean' }, quick: { type: 'boolean' }, json: { type: 'boolean' } },
  })
  const unknown = positionals.filter(name => !all.some(table => table.name === name))
  if (flags.list === true) {
    for (const { name, title } of all) console.log(`${name.padEnd(12)} ${title}`)
  } else if (unknown.length > 0) {
    console.error(`There is no table ${unknown.join(', ')}. There are: ${all.map(({ name }) => name).join(', ')}.`)
    process.exitCode = 2
  } else {
    await bench(positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name)), flags)
  }
}

async function bench(tables: readonly Table[], flags: Flags): Promise<void> {
  const results: unknown[] = []
  if (flags.json !== true) console.log(`${machine()}\n${LEGEND}`)
  for (const table of tables) {
    const result = await measured(table, flags)
    results.push(result)
    if (flags.json === true) continue
    if ('failed' in result) console.log(`${table.title}  (${table.name})\n  not measured: ${result.failed}\n`)
    else console.log(tableText(table, result.rows))
  }
  if (flags.json === true) console.log(JSON.stringify({ machine: machine(), tables: results }, null, 2))
}

/** Each table has a workspace of its own, so that nothing of one runs beside the next. */
async function measured(table: Table, flags: Flags) {
  const workspace = createWorkspace()
  const interrupt = () => {
    workspace.clear()
    process.exit(130)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const run: Run = { quick: flags.quick === true, workspace, progress: text => progress(`${table.name}: ${text}`) }
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
