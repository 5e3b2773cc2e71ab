/** How full the node is of what it has bounds for. */
import { useId } from 'preact/hooks'
import type { NodeStatus } from '../../state/node-status.ts'
import { bytes, nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'

export function Use({ limits }: { limits: NodeStatus['limits'] }) {
  const { use } = nodeWords()
  const id = useId()
  return (
    <section class="node-section" aria-labelledby="node-use">
      <h2 id="node-use">{use.title}</h2>
      <ul class="uses">
        {Object.entries(limits)
          .filter(([, { max }]) => max > 0)
          .map(([name, { used, max }]) => {
            const shown = /bytes/i.test(name) ? bytes : count
            return (
              <li key={name} class="use">
                <label for={`${id}${name}`}>{use.names[name] ?? name}</label>
                <span class="meta">{use.of(shown(used), shown(max))}</span>
                <meter id={`${id}${name}`} min={0} max={max} high={max * 0.9} value={Math.min(used, max)} />
              </li>
            )
          })}
      </ul>
      <p class="small quiet">{use.note}</p>
    </section>
  )
}
