/** Tables as text for people. */
import { type Bound, type Row, ratioOf, type Table } from './table.ts'

const HEADINGS = ['what', 'measured', 'to reach', 'ratio'] as const

export function tableText(table: Table, rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map(row => row[column]!.length)))
  const lines = cells.map(row => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))))
  const [head, ...body] = lines.map(line => `  ${line.join('   ')}`.trimEnd())
  return [`${table.title}  (${table.name})`, wrapped(table.how), '', head, ...body, ''].join('\n')
}

export const LEGEND =
  'ratio: how many times better than what stands under "to reach"; 1 and more means reached. "orig." is what the original node did.\n'

function cellsOf(row: Row): readonly string[] {
  const ratio = ratioOf(row)
  return [
    row.what,
    withUnit(row.value, row.unit),
    row.bound === undefined ? '' : boundText(row.bound, row.unit),
    ratio === undefined ? '' : ratio.toFixed(2),
  ]
}

function boundText(bound: Bound, unit: string): string {
  const text = withUnit(bound.value, unit)
  if (bound.of === 'original') return `orig. ${text}`
  return `${bound.is === 'at least' ? '>=' : '<='} ${text}`
}

function withUnit(value: number, unit: string): string {
  return unit === '' ? numberText(value) : `${numberText(value)} ${unit}`
}

/** Three digits that mean something, thousands apart. */
function numberText(value: number): string {
  const size = Math.abs(value)
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

const WIDTH = 118

function wrapped(text: string): string {
  const lines: string[] = []
  let line = ' '
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = ' '
    }
    line += ` ${word}`
  }
  return [...lines, line].join('\n')
}
