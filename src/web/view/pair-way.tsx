/** Where a device that is not in gets in from everywhere, and what leads there. */
import { hashOf } from '../route.ts'
import { words } from '../words/words.ts'
import { lazy } from './lazy.tsx'

export const Pair = lazy(() => import('./away/pair.tsx').then(module => module.loadPair()))

export function PairWay({ isAgain = false }: { isAgain?: boolean }) {
  const { road } = words()
  return (
    <a class={isAgain ? 'button main' : 'button'} href={hashOf({ view: 'pair', text: '' })}>
      {isAgain ? road.pairAgain : road.pair}
    </a>
  )
}
