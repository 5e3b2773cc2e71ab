/** Whether there is room for the rail and the column on the right (style/shell.css). */
import { type ReadonlySignal, signal } from '@preact/signals'

const query = matchMedia('(min-width: 900px)')
const current = signal(query.matches)
query.addEventListener('change', ({ matches }) => {
  current.value = matches
})

export const isWide: ReadonlySignal<boolean> = current
