/** The table: figures of each relay side by side, and what was to be reached. */
import type { Figure, Goal } from './part.ts'

export interface Measured {
  readonly relay: string
  readonly figures: readonly Figure[]
}

/** @param own the relay that the goals are for, by its name; the rival is the other one */
export function report(results: readonly Measured[], own: string, rival: string): string {
  const names = [...new Set(results.map(({ relay }) => relay))]
  const rows = new Map<string, Map<string, Figure>>()
  for (const { relay, figures } of results) {
    for (const figure of figures) {
      const row = rows.get(figure.what) ?? new Map<string, Figure>()
      rows.set(figure.what, row.set(relay, figure))
    }
  }
  const lines = [['', ...names, 'times', 'to reach', '']]
  for (const [what, row] of rows) {
    const any = [...row.values()][0]!
    // The rival ingests by one verifier only.
    const other = row.get(rival) ?? rows.get(what.replace(', native verifier', ''))?.get(rival)
    const mine = row.get(own)
    const ratio = mine === undefined || other === undefined ? undefined : mine.value / other.value
    lines.push([
      what,
      ...names.map(name => withUnit(row.get(name))),
      ratio === undefined ? '' : ratio.toFixed(2),
      any.goal === undefined ? '' : goalText(any.goal, any.unit),
      any.goal === undefined || mine === undefined ? '' : verdict(any.goal, mine.value, ratio),
    ])
  }
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  return lines
    .map(line =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('   ')
        .trimEnd(),
    )
    .join('\n')
}

function verdict({ is, value, of }: Goal, measured: number, ratio: number | undefined): string {
  const figure = of === 'rival' ? ratio : measured
  if (figure === undefined) return ''
  return (is === 'at least' ? figure >= value : figure <= value) ? 'reached' : 'missed'
}

function goalText({ is, value, of }: Goal, unit: string): string {
  if (of === 'rival') return `${value} times`
  return `${is === 'at least' ? '>=' : '<='} ${value}${unit === '' ? '' : ` ${unit}`}`
}

function withUnit(figure: Figure | undefined): string {
  if (figure === undefined) return '-'
  const { value, unit } = figure
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  const text = value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return unit === '' ? text : `${text} ${unit}`
}
