/** Texts of the node's page, which come with it, and sizes in them. */
import type { NodeWords } from './node.en.ts'
import { createCatalogue, language } from './words.ts'

/** `nodeWords` inside a component: it follows the language. */
export const { words: nodeWords, load: loadNodeWords } = createCatalogue<NodeWords>({
  en: () => import('./node.en.ts').then(module => module.nodeEn),
  ja: () => import('./node.ja.ts').then(module => module.nodeJa),
})

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
