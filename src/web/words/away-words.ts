/** Texts of pairing and of being away, which come with their views. */
import type { AwayWords } from './away.en.ts'
import { createCatalogue } from './words.ts'

/** `awayWords` inside a component: it follows the language. */
export const { words: awayWords, load: loadAwayWords } = createCatalogue<AwayWords>({
  en: () => import('./away.en.ts').then(module => module.awayEn),
  ja: () => import('./away.ja.ts').then(module => module.awayJa),
})
