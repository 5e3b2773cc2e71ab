/** What the node's own check finds, as a list of things to do. */
import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { FindingLine } from '../../../wire/finding.ts'
import type { Trouble } from '../../node/trouble.ts'
import { hashOf } from '../../route.ts'
import { askDoctor, asToDo } from '../../state/node-doctor.ts'
import { nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { Icon } from '../icon.tsx'
import { troubleSentence } from '../trouble-bar.tsx'

const ICONS = { fail: CircleAlert, warn: TriangleAlert, pass: CircleCheck } as const

export function Check() {
  const { session } = useApp()
  const [findings, setFindings] = useState<readonly FindingLine[]>([])
  const [state, setState] = useState<'none' | 'running' | 'done'>('none')
  const [trouble, setTrouble] = useState<Trouble | undefined>()
  const leaving = useRef(new AbortController())
  useEffect(() => () => leaving.current.abort(), [])
  const { check } = nodeWords()

  async function run(): Promise<void> {
    setFindings([])
    setTrouble(undefined)
    setState('running')
    const found: FindingLine[] = []
    const { signal } = leaving.current
    const fault = await askDoctor(
      session.call,
      line => {
        found.push(line)
        setFindings([...found])
      },
      signal,
    )
    if (signal.aborted) return
    setTrouble(fault)
    setState('done')
  }

  const sorted = asToDo(findings)
  const toDo = sorted.filter(({ state }) => state !== 'pass')
  const well = sorted.filter(({ state }) => state === 'pass')
  return (
    <section class="node-section" aria-labelledby="node-check">
      <h2 id="node-check">{check.title}</h2>
      <p class="quiet small">{check.intro}</p>
      <p>
        <button class="button" type="button" disabled={state === 'running'} onClick={() => void run()}>
          {state === 'none' ? check.start : check.again}
        </button>
      </p>
      <p role="status" class="node-summary">
        {state === 'running' && check.running}
        {state === 'done' &&
          trouble === undefined &&
          (toDo.length === 0 ? check.allWell : check.toDo(count(toDo.length)))}
      </p>
      {trouble !== undefined && (
        <p role="alert" class="trouble">
          {troubleSentence(trouble)}
        </p>
      )}
      {toDo.length > 0 && <Findings of={toDo} label={check.title} />}
      {well.length > 0 && (
        <details open={toDo.length === 0 && state === 'done'}>
          <summary>{check.well(count(well.length))}</summary>
          <Findings of={well} label={check.pass} />
        </details>
      )}
    </section>
  )
}

function Findings({ of, label }: { of: readonly FindingLine[]; label: string }) {
  return (
    <ul class="findings" aria-label={label}>
      {of.map(finding => (
        <Finding key={`${finding.check} ${finding.subject}`} finding={finding} />
      ))}
    </ul>
  )
}

function Finding({ finding: { check: name, subject, state, finding, advice } }: { finding: FindingLine }) {
  const { check } = nodeWords()
  const own = check.finding(name, state)
  const ownAdvice = check.advice(name, state)
  const nodes = `${subject === null ? '' : `${subject}: `}${finding}`
  return (
    <li class={`finding ${state}`}>
      <span class="finding-icon">
        <Icon of={ICONS[state]} />
      </span>
      <div>
        <h3>
          {check.names[name] ?? name} <span class="meta">{check[state]}</span>
        </h3>
        <p>{own === '' ? sentence(nodes) : own}</p>
        {advice !== null && <p class="finding-advice">{ownAdvice === '' ? advice : ownAdvice}</p>}
        {state !== 'pass' && SET_HERE.includes(name) && (
          <p>
            <a href={hashOf({ view: 'node', part: 'settings' })}>{check.toSettings}</a>
          </p>
        )}
        {own !== '' && (
          <p class="small quiet" lang="en">
            {sentence(nodes)} {advice}
          </p>
        )}
      </div>
    </li>
  )
}

/** What they tell to do can be done in the settings. */
const SET_HERE = [
  'node',
  'addresses',
  'bootstrap',
  'ports',
  'nat',
  'port-mapping',
  'reachability',
  'browsers',
  'relays',
]

/** A phrase as a sentence. */
function sentence(phrase: string): string {
  const text = `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)}`
  return /[.!?]$/.test(text) ? text : `${text}.`
}
