/** The node has another page than this one, or does not fit it: what to do. */
import { readKeptNode } from '../keep/kept-node.ts'
import { loadAnew } from '../state/page-version.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'

export function VersionBanner() {
  const { pageVersion } = useApp()
  const fault = pageVersion.fault.value
  if (fault === undefined) return null
  const { version } = words()
  const home = fault === 'other' ? undefined : readKeptNode()?.home[0]
  return (
    <div class="banner" role="status">
      <p>
        {version[fault]} {home !== undefined && version.ownWhere}
      </p>
      <div class="row">
        <button class="button" type="button" onClick={() => void loadAnew()}>
          {version.reload}
        </button>
        {home !== undefined && (
          <a class="button" href={`${home}/`} rel="noreferrer">
            {version.own}
          </a>
        )}
      </div>
    </div>
  )
}
