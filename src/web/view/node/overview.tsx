/** How it stands with the node, read again every few seconds. */
import { useEffect, useMemo } from 'preact/hooks'
import type { NodeStatus } from '../../../wire/node-status.ts'
import { watchNode } from '../../state/node-watch.ts'
import { neighboursOf } from '../../state/peer-map.ts'
import { nodeWords } from '../../words/node-words.ts'
import { clockTime } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { troubleSentence } from '../trouble-bar.tsx'
import { Check } from './check.tsx'
import { Facts } from './facts.tsx'
import { Guests } from './guests.tsx'
import { Numbers } from './numbers.tsx'
import { Outbox } from './outbox.tsx'
import { PeerList } from './peer-list.tsx'
import { PeerMap } from './peer-map.tsx'
import { Use } from './use.tsx'

export function Overview({ owner }: { owner: string }) {
  const { session } = useApp()
  const watch = useMemo(() => watchNode(session.call), [])
  useEffect(() => watch.stop, [])
  const status = watch.status.value
  const trouble = watch.trouble.value
  const texts = nodeWords()
  return (
    <div class="node-view">
      <p class="small trouble" role="status">
        {trouble !== undefined &&
          `${troubleSentence(trouble)} ${status === undefined ? '' : texts.stale(clockTime(watch.readMs.value))}`}
      </p>
      {status === undefined ? <Skeleton /> : <Standing status={status} owner={owner} refresh={watch.refresh} />}
    </div>
  )
}

/** As high as the picture and the numbers, so that nothing jumps. */
function Skeleton() {
  return (
    <div aria-busy="true">
      <div class="node-skeleton" />
      <p class="quiet small" role="status">
        {nodeWords().waiting}
      </p>
    </div>
  )
}

interface StandingProps {
  readonly status: NodeStatus
  readonly owner: string
  readonly refresh: () => void
}

function Standing({ status, owner, refresh }: StandingProps) {
  const { missing } = useApp()
  const neighbours = neighboursOf(status.peers)
  const owners = neighbours.map(({ owner }) => owner).join()
  useEffect(() => {
    for (const pubkey of owners.split(',')) missing.wantProfile(pubkey)
  }, [owners])
  const { map } = nodeWords()
  return (
    <>
      <section class="node-section" aria-labelledby="node-map">
        <h2 id="node-map">{map.title}</h2>
        <PeerMap neighbours={neighbours} owner={owner} />
        {neighbours.length === 0 && (
          <div class="stack">
            <p>{map.nobody}</p>
            <p class="quiet">{map.nobodyHow}</p>
          </div>
        )}
        <Numbers status={status} nodes={neighbours.length} />
      </section>
      <Check />
      {neighbours.length > 0 && (
        <section class="node-section" aria-labelledby="node-peers">
          <h2 id="node-peers">{map.list}</h2>
          <PeerList neighbours={neighbours} owner={owner} />
        </section>
      )}
      <Outbox outbox={status.outbox} />
      <Facts status={status} refresh={refresh} />
      <Use limits={status.limits} />
      <Guests relay={status.relay} />
    </>
  )
}
