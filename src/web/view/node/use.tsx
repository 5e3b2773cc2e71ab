/** How full the node is of what it has bounds for. */
import { useId } from 'preact/hooks'
import type { Fill } from '../../../wire/node-status.ts'
import { bytes, nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'

/** What somebody looks for; the rest is there when they ask. */
const FIRST = ['events', 'bytes', 'peers']
/** Full as a rule after a while: the oldest goes, and nobody misses it. */
const ROLLING = ['settledDeliveries', 'knownPeers', 'peerRecords', 'seenMessages', 'gossipScores', 'quotas']

/** By name; a node of another version may have others. */
type Limits = Readonly<Record<string, Fill>>

export function Use({ limits }: { limits: Limits }) {
  const { use } = nodeWords()
  const names = Object.keys(limits).filter(name => limits[name]!.max > 0)
  const isFirst = (name: string): boolean =>
    FIRST.includes(name) || (!ROLLING.includes(name) && isNearlyFull(limits[name]!))
  return (
    <section class="node-section" aria-labelledby="node-use">
      <h2 id="node-use">{use.title}</h2>
      <Bars names={names.filter(isFirst)} limits={limits} />
      <details>
        <summary>{use.more}</summary>
        <Bars names={names.filter(name => !isFirst(name))} limits={limits} />
      </details>
      <p class="small quiet">{use.note}</p>
    </section>
  )
}

const NEARLY_FULL = 0.9

function isNearlyFull({ used, max }: { used: number; max: number }): boolean {
  return used >= max * NEARLY_FULL
}

function Bars({ names, limits }: { names: readonly string[]; limits: Limits }) {
  const { use } = nodeWords()
  const id = useId()
  return (
    <ul class="uses">
      {names.map(name => {
        const { used, max } = limits[name]!
        const shown = /bytes/i.test(name) ? bytes : count
        return (
          <li key={name} class="use">
            <label for={`${id}${name}`}>{use.names[name] ?? name}</label>
            <span class="meta">{use.of(shown(used), shown(max))}</span>
            <meter
              id={`${id}${name}`}
              min={0}
              max={max}
              high={ROLLING.includes(name) ? max : max * NEARLY_FULL}
              value={Math.min(used, max)}
            />
          </li>
        )
      })}
    </ul>
  )
}
