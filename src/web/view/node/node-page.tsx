/** The node, for its owner: who is connected and how it stands; its settings; its log. */
import { hashOf } from '../../route.ts'
import { loadNodeWords, nodeWords } from '../../words/node-words.ts'
import { words } from '../../words/words.ts'
import { lazy } from '../lazy.tsx'
import { Overview } from './overview.tsx'
import '../../style/node.css'
import { ViewTitle } from '../view-title.tsx'

const NodeSettings = lazy(() => import('./node-settings.tsx').then(module => module.NodeSettingsView))
const NodeLog = lazy(() => import('./node-log.tsx').then(module => module.NodeLogView))

/** The view, once its texts are here. */
export async function loadNodePage() {
  await loadNodeWords()
  return NodePage
}

const PARTS = ['overview', 'settings', 'log'] as const

function NodePage({ part, owner }: { part: string; owner: string }) {
  const { parts } = nodeWords()
  const { nav } = words()
  const shown = PARTS.find(name => name === part) ?? 'overview'
  return (
    <>
      <ViewTitle
        class="view-title"
        key={shown}
        text={shown === 'overview' ? nav.node : parts[shown]}
        within={shown === 'overview' ? undefined : nav.node}
      >
        {nav.node}
        <span class="visually-hidden">: {parts[shown]}</span>
      </ViewTitle>
      <nav class="node-parts" aria-label={nav.node}>
        {PARTS.map(name => (
          <a
            key={name}
            href={hashOf(name === 'overview' ? { view: 'node' } : { view: 'node', part: name })}
            aria-current={name === shown ? 'page' : undefined}
          >
            {parts[name]}
          </a>
        ))}
      </nav>
      {shown === 'overview' && <Overview owner={owner} />}
      {shown === 'settings' && <NodeSettings />}
      {shown === 'log' && <NodeLog />}
    </>
  )
}
