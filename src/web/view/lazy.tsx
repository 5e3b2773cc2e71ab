/** A view whose code comes when it is shown first. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { words } from '../words/words.ts'

/** After this a person is told what is waited for. */
const HINT_MS = 400

/**
 * @param load `() => import('./x.tsx').then(module => module.X)`
 * @param isQuiet what nobody waits for: nothing stands in its place, also when it does not come
 */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>, isQuiet = false): ComponentType<P> {
  let loaded: ComponentType<P> | undefined
  return function Lazy(props: P) {
    const [View, setView] = useState<ComponentType<P> | undefined>(() => loaded)
    const [isLate, setLate] = useState(false)
    const [hasFailed, setFailed] = useState(false)
    const [attempt, setAttempt] = useState(0)
    useEffect(() => {
      if (loaded !== undefined) {
        setView(() => loaded)
        return
      }
      let isGone = false
      const timer = setTimeout(() => setLate(true), HINT_MS)
      load().then(
        view => {
          loaded = view
          if (!isGone) setView(() => view)
        },
        () => {
          if (!isGone) setFailed(true)
        },
      )
      return () => {
        isGone = true
        clearTimeout(timer)
      }
    }, [attempt])
    if (View !== undefined) return <View {...props} />
    if (isQuiet) return null
    const { common, trouble } = words()
    if (!hasFailed) return isLate ? <p class="view-hint quiet">{common.loading}</p> : null
    const again = () => {
      setFailed(false)
      setAttempt(attempt + 1)
    }
    return (
      <div class="view-hint stack">
        <p role="alert">{trouble.away}</p>
        <button class="button" type="button" onClick={again}>
          {common.tryAgain}
        </button>
      </div>
    )
  }
}
