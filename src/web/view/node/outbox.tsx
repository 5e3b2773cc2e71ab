/** What was sent to single people: what waits first, then what was settled last. */
import { useState } from 'preact/hooks'
import { pubkeyOf } from '../../../event/npub.ts'
import type { NodeStatus } from '../../../wire/node-status.ts'
import type { DeliveryReport } from '../../../wire/ways.ts'
import { hashOf } from '../../route.ts'
import { nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'
import { AboutPeople } from '../about-people.tsx'
import { useApp } from '../context.ts'
import { deliverySentence } from '../way.tsx'

const FIRST = 6

export function Outbox({ outbox }: { outbox: NodeStatus['outbox'] }) {
  const [isWhole, setWhole] = useState(false)
  const { outbox: texts, map } = nodeWords()
  const { waiting, delivered, expired, deliveries } = outbox
  const rank = { waiting: 0, expired: 1, delivered: 2 } as const
  const sorted = deliveries.toSorted((a, b) => rank[a.state] - rank[b.state] || b.changedMs - a.changedMs)
  return (
    <section class="node-section" aria-labelledby="node-outbox">
      <h2 id="node-outbox">{texts.title}</h2>
      {sorted.length === 0 ? (
        <p class="quiet">{texts.none}</p>
      ) : (
        <>
          <p class="small quiet">{texts.counts(count(waiting), count(delivered), count(expired))}</p>
          <ul class="deliveries">
            {(isWhole ? sorted : sorted.slice(0, FIRST)).map(delivery => (
              <Delivery key={`${delivery.event} ${delivery.to}`} delivery={delivery} />
            ))}
          </ul>
        </>
      )}
      {sorted.length > FIRST && (
        <button class="button" type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? map.fewer : map.all(count(sorted.length))}
        </button>
      )}
    </section>
  )
}

function Delivery({ delivery }: { delivery: DeliveryReport }) {
  const { to, event, state, lastError } = delivery
  const { book } = useApp()
  void book.version.value
  const { outbox } = nodeWords()
  const pubkey = pubkeyOf(to)
  const say = deliverySentence(delivery)
  return (
    <li class="delivery">
      <span class={`way-dot ${state}`} aria-hidden="true" />
      <span class={state === 'expired' ? 'trouble' : ''}>
        {pubkey === undefined ? say(to) : <AboutPeople say={say} pubkeys={[pubkey]} />}{' '}
        {state === 'waiting' && lastError !== '' && <span class="meta">{lastError}</span>}
      </span>
      <a href={hashOf({ view: 'thread', id: event })}>{outbox.open}</a>
    </li>
  )
}
