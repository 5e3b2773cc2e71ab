/** People of whom the node has a profile, and how it stands with finding more. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { KIND } from '../../../event/kinds.ts'
import type { NodeStatus } from '../../../wire/node-status.ts'
import { jsonOf } from '../../node/call.ts'
import { isTrouble } from '../../node/trouble.ts'
import { count, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { PersonRow } from './person-row.tsx'

export interface SeenPeopleProps {
  readonly owner: string
  /** Who is shown elsewhere. */
  readonly without: readonly string[]
  readonly action: (pubkey: string) => ComponentChildren
}

const MAX_SHOWN = 30
const ASK_MS = 5_000

export function SeenPeople({ owner, without, action }: SeenPeopleProps) {
  const { book, events, session } = useApp()
  const [peers, setPeers] = useState<number>()
  const { peopleSteps } = words().key
  void book.version.value
  useEffect(() => {
    let isGone = false
    async function look(): Promise<void> {
      const [profiles, status] = await Promise.all([
        events.ask({ kinds: [KIND.profile], limit: 100 }),
        session.call('/status').then(answer => jsonOf<NodeStatus>(answer)),
      ])
      if (isGone) return
      if (!isTrouble(profiles)) book.add(profiles)
      if (!isTrouble(status)) setPeers(status.peers.length)
    }
    void look()
    const timer = setInterval(() => void look(), ASK_MS)
    return () => {
      isGone = true
      clearInterval(timer)
    }
  }, [])
  const seen = [...book.ofKind(KIND.profile)]
    .map(({ pubkey }) => pubkey)
    .filter(pubkey => pubkey !== owner && !without.includes(pubkey))
    .slice(0, MAX_SHOWN)
  return (
    <section class="stack" aria-labelledby="seen-title">
      <h2 id="seen-title">{peopleSteps.seen}</h2>
      {peers !== undefined && (
        <p class="small quiet" role="status">
          {peers === 0 ? peopleSteps.noNode : peers === 1 ? peopleSteps.oneNode : peopleSteps.nodes(count(peers))}
        </p>
      )}
      {seen.length === 0 ? (
        <p>
          {peopleSteps.seenNone} {peopleSteps.waiting}
        </p>
      ) : (
        <div>
          {seen.map(pubkey => (
            <PersonRow key={pubkey} pubkey={pubkey} action={action(pubkey)} />
          ))}
        </div>
      )}
    </section>
  )
}
