/** Icons of the lucide set, drawn in the colour of the text; the label beside or on the button says what they mean. */
import type { IconNode } from 'lucide'
import { h } from 'preact'

export function Icon({ of, size = 20 }: { of: IconNode; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {of.map(([name, attributes]) => h(name, attributes as Record<string, string>))}
    </svg>
  )
}
