/** A sentence at the lower edge that goes by itself: what has become of what somebody did. */
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

const SAID_MS = 4_000
const said = signal<{ readonly text: string; readonly isLasting: boolean } | undefined>(undefined)

/** @param isLasting until the next one is said, as while something is at work */
export function say(text: string, isLasting = false): void {
  said.value = { text, isLasting }
}

export function Toast() {
  const current = said.value
  useEffect(() => {
    if (current === undefined || current.isLasting) return
    const timer = setTimeout(() => {
      said.value = undefined
    }, SAID_MS)
    return () => clearTimeout(timer)
  }, [current])
  return (
    <p class={current === undefined ? 'visually-hidden' : 'toast'} role="status">
      {current?.text}
    </p>
  )
}
