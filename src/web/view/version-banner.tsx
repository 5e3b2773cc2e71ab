/** The node has another page than this one: what to do. */
import { loadAnew } from '../state/page-version.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'

export function VersionBanner() {
  const { pageVersion } = useApp()
  if (!pageVersion.isOther.value) return null
  const { version } = words()
  return (
    <div class="banner" role="status">
      <p>{version.other}</p>
      <div class="row">
        <button class="button" type="button" onClick={() => void loadAnew()}>
          {version.reload}
        </button>
      </div>
    </div>
  )
}
