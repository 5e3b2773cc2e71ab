/** Texts of the node's page, which come with it, and sizes in them. */
import { type NodeWords, nodeEn } from './node.en.ts'
import { nodeJa } from './node.ja.ts'
import { type Language, language } from './words.ts'

const NODE_WORDS: Record<Language, NodeWords> = { en: nodeEn, ja: nodeJa }

/** Inside a component: it follows the language. */
export function nodeWords(): NodeWords {
  return NODE_WORDS[language.value]
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** `12.4 MB`: of 1,024 each, as the node counts. */
export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(value) / Math.log(1024)))
  return new Intl.NumberFormat(language.value, {
    style: 'unit',
    unit: UNITS[power]!,
    maximumFractionDigits: power < 2 ? 0 : 1,
  }).format(value / 1024 ** power)
}

export function milliseconds(value: number): string {
  return new Intl.NumberFormat(language.value, { style: 'unit', unit: 'millisecond' }).format(value)
}
