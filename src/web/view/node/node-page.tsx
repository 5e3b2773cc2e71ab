/** The node, for its owner: who is connected and how it stands; its settings; its log. */
import { hashOf } from '../../route.ts'
import { nodeWords } from '../../words/node-words.ts'
import { words } from '../../words/words.ts'
import { lazy } from '../lazy.tsx'
import { Overview } from './overview.tsx'
import '../../style/node.css'

const NodeSettings = lazy(() => import('./node-settings.tsx').then(module => module.NodeSettingsView))
const NodeLog = lazy(() => import('./node-log.tsx').then(module => module.NodeLogView))

const PARTS = ['overview', 'settings', 'log'] as const

export function NodePage({ part, owner }: { part: string; owner: string }) {
  const { parts } = nodeWords()
  const shown = PARTS.find(name => name === part) ?? 'overview'
  return (
    <>
      <h1 class="view-title">{words().nav.node}</h1>
      <nav class="node-parts" aria-label={words().nav.node}>
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
