/** What a browser withholds from a page of plain http, and what would give it. */
import { words } from '../../words/words.ts'

export function Withheld() {
  if (isSecureContext) return null
  const { secure } = words().house
  return (
    <div class="warning stack">
      <p>{secure.withheld}</p>
      <p>{secure.how}</p>
    </div>
  )
}
