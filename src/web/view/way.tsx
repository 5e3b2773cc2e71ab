/** The way of one's own post: a line of dots that opens into sentences. */
import { useEffect } from 'preact/hooks'
import { pubkeyOf } from '../../event/npub.ts'
import type { Book } from '../state/book.ts'
import { profileOf } from '../state/profile.ts'
import type { DeliveryReport, Way as WayOf } from '../state/ways.ts'
import { clockTime, count, words } from '../words/words.ts'
import { AboutPeople } from './about-people.tsx'
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
        {steps.at(-1)!.say(steps.at(-1)!.name)}
      </summary>
      <ol class="small">
        {steps.map(({ state, say, name, to, more }, place) => (
          <li key={place} class={state === 'expired' ? 'trouble' : ''}>
            {to === undefined ? say(name) : <AboutPeople say={say} pubkeys={[to]} />}
            {more !== undefined && <span class="quiet"> {more}</span>}
          </li>
        ))}
      </ol>
    </details>
  )
}

interface Step {
  readonly state: 'done' | 'waiting' | 'expired'
  readonly say: (name: string) => string
  /** To whom it goes, as they call themselves; empty where it goes to nobody in particular. */
  readonly name: string
  /** Their public key. */
  readonly to?: string | undefined
  readonly more?: string
}

function stepsOf(way: WayOf, book: Book): readonly Step[] {
  const { way: texts } = words()
  const step = (state: Step['state'], text: string): Step => ({ state, say: () => text, name: '' })
  const steps = [step('done', texts.saved(clockTime(Date.parse(way.saved))))]
  if (way.passed !== null) {
    steps.push(step('done', texts.passed(count(way.passed.nodes), clockTime(Date.parse(way.passed.at)))))
  }
  if (way.waitsForNodes) steps.push(step('waiting', texts.nobodyThere))
  return [...steps, ...way.deliveries.map(delivery => stepOf(delivery, book))]
}

function stepOf(delivery: DeliveryReport, book: Book): Step {
  const { to: npub, state, lastError } = delivery
  const to = pubkeyOf(npub)
  return {
    state: state === 'delivered' ? 'done' : state,
    say: deliverySentence(delivery),
    name: to === undefined ? npub : displayName(profileOf(book, to)),
    to,
    ...(state === 'waiting' && lastError !== '' && { more: lastError }),
  }
}

/** How a delivery stands, by the name of whom it goes to. */
export function deliverySentence({ state, changedMs, nextTry }: DeliveryReport): (name: string) => string {
  const { way } = words()
  const changed = clockTime(changedMs)
  switch (state) {
    case 'delivered':
      return name => way.delivered(name, changed)
    case 'expired':
      return name => way.givenUp(name, changed)
    case 'waiting':
      return nextTry === null ? way.waiting : name => way.waitingUntil(name, clockTime(Date.parse(nextTry)))
  }
}
