/** Whom the node serves beside its owner, and the way to the lists (a page of the node's own: its forms need no signature). */
import type { NodeStatus } from '../../../wire/node-status.ts'
import { nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'
import { useApp } from '../context.ts'

export function Guests({ relay }: { relay: NodeStatus['relay'] }) {
  const { session } = useApp()
  const { guests } = nodeWords()
  const { token } = session.address()
  return (
    <section class="node-section" aria-labelledby="node-guests">
      <h2 id="node-guests">{guests.title}</h2>
      <p>
        {guests.reads[relay.reads]} {guests.writes[relay.writes]}
      </p>
      <p class="small quiet">{guests.now(count(relay.connections))}</p>
      <p class="small quiet">{guests.how}</p>
      <p>
        <a class="button" href={token === undefined ? '/relay' : `/k/${token}/relay`}>
          {guests.lists}
        </a>
      </p>
    </section>
  )
}
