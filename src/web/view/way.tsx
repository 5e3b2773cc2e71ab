/** The way of one's own post: a line of dots that opens into sentences. */
import { useEffect } from 'preact/hooks'
import { pubkeyOf } from '../../event/npub.ts'
import type { Book } from '../state/book.ts'
import { profileOf } from '../state/profile.ts'
import type { DeliveryReport, Way as WayOf } from '../state/ways.ts'
import { clockTime, count, words } from '../words/words.ts'
import { useApp } from './context.ts'
import { displayName } from './person-name.tsx'

export function Way({ id }: { id: string }) {
  const { ways, book } = useApp()
  useEffect(() => ways.watch(id), [id])
  const way = ways.ways.value.get(id)
  if (way === undefined) return null
  const steps = stepsOf(way, book)
  return (
    <details class="post-way">
      <summary class="meta">
        <span class="way-dots" aria-hidden="true">
          {steps.map(({ state }, place) => (
            <span key={place} class={`way-dot ${state}`} />
          ))}
        </span>{' '}
        {steps.at(-1)!.text}
      </summary>
      <ol class="small">
        {steps.map(({ state, text, more }, place) => (
          <li key={place} class={state === 'expired' ? 'trouble' : ''}>
            {text}
            {more !== undefined && <span class="quiet"> {more}</span>}
          </li>
        ))}
      </ol>
    </details>
  )
}

interface Step {
  readonly state: 'done' | 'waiting' | 'expired'
  readonly text: string
  readonly more?: string
}

function stepsOf(way: WayOf, book: Book): readonly Step[] {
  const { way: texts } = words()
  const steps: Step[] = [{ state: 'done', text: texts.saved(clockTime(Date.parse(way.saved))) }]
  if (way.passed !== null) {
    steps.push({ state: 'done', text: texts.passed(count(way.passed.nodes), clockTime(Date.parse(way.passed.at))) })
  }
  if (way.waitsForNodes) steps.push({ state: 'waiting', text: texts.nobodyThere })
  return [...steps, ...way.deliveries.map(delivery => stepOf(delivery, book))]
}

function stepOf({ to, state, changedMs, nextTry, lastError }: DeliveryReport, book: Book): Step {
  const { way: texts } = words()
  const pubkey = pubkeyOf(to)
  const name = pubkey === undefined ? to : displayName(profileOf(book, pubkey))
  switch (state) {
    case 'delivered':
      return { state: 'done', text: texts.delivered(name, clockTime(changedMs)) }
    case 'expired':
      return { state: 'expired', text: texts.givenUp(name, clockTime(changedMs)) }
    case 'waiting': {
      const text = nextTry === null ? texts.waiting(name) : texts.waitingUntil(name, clockTime(Date.parse(nextTry)))
      return { state: 'waiting', text, ...(lastError !== '' && { more: lastError }) }
    }
  }
}
