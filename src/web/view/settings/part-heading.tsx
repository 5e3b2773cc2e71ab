/** A heading inside of a part, which on a phone is the page's own first heading. */
import type { ComponentChildren } from 'preact'
import { isWide } from '../wide.ts'

export function PartHeading({ id, children }: { id?: string; children: ComponentChildren }) {
  return isWide.value ? (
    <h3 id={id} class="part-heading">
      {children}
    </h3>
  ) : (
    <h2 id={id} class="part-heading">
      {children}
    </h2>
  )
}
