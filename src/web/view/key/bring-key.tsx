/** The ways of bringing a key, the safest first. */
import { ChevronDown, ChevronUp } from 'lucide'
import type { ComponentType } from 'preact'
import { useState } from 'preact/hooks'
import { words } from '../../words/words.ts'
import { Icon } from '../icon.tsx'
import { lazy } from '../lazy.tsx'
import { BringExtension } from './bring-extension.tsx'
import { type Bringing, useBringing } from './use-bringing.ts'

type Way = 'extension' | 'bunker' | 'ncryptsec' | 'nsec'
type Form = ComponentType<{ bringing: Bringing }>

const FORMS: Readonly<Record<Way, Form>> = {
  extension: BringExtension,
  bunker: lazy(() => import('./bring-bunker.tsx').then(module => module.BringBunker)),
  ncryptsec: lazy(() => import('./bring-ncryptsec.tsx').then(module => module.BringNcryptsec)),
  nsec: lazy(() => import('./bring-nsec.tsx').then(module => module.BringNsec)),
}
const WAYS: readonly Way[] = ['extension', 'bunker', 'ncryptsec', 'nsec']

export interface BringKeyProps {
  /** Hex; whose key it must be. */
  readonly owner?: string | undefined
  readonly onReady: () => void
}

export function BringKey({ owner, onReady }: BringKeyProps) {
  const [way, setWay] = useState<Way>()
  const bringing = useBringing(owner, onReady)
  const { bring } = words().key
  return (
    <div class="ways">
      {WAYS.map(each => {
        const Form = FORMS[each]
        const isOpen = way === each
        return (
          <section key={each} class="way-in">
            <button
              type="button"
              class="way-in-head"
              aria-expanded={isOpen}
              onClick={() => {
                bringing.fail('')
                setWay(isOpen ? undefined : each)
              }}
            >
              <span class="way-in-words">
                <span class="strong-label">{bring[each]}</span>
                <span class="small quiet">{bring[`${each}Hint`]}</span>
              </span>
              <Icon of={isOpen ? ChevronUp : ChevronDown} />
            </button>
            {isOpen && (
              <div class="way-in-body">
                <Form bringing={bringing} />
                <p class="small quiet" role="status">
                  {bringing.status}
                </p>
                <p class="trouble" role="alert">
                  {bringing.fault}
                </p>
              </div>
            )}
          </section>
        )
      })}
    </div>
  )
}
