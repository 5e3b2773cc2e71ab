/** Reachability, ways in, what may be missing, traffic, versions: in words. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { NodeStatus } from '../../../wire/node-status.ts'
import { isTrouble, type Trouble } from '../../node/trouble.ts'
import { plainLine } from '../../state/profile.ts'
import { nodeWords } from '../../words/node-words.ts'
import { count, durationOf, fullTime } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { troubleSentence } from '../trouble-bar.tsx'

export function Facts({ status, refresh }: { status: NodeStatus; refresh: () => void }) {
  const { session } = useApp()
  const { facts } = nodeWords()
  const { version, uptimeSeconds, verifier, node } = status
  const agents = [...new Set(status.peers.flatMap(({ agent }) => plainLine(agent) ?? []))].sort()
  return (
    <section class="node-section" aria-labelledby="node-facts">
      <h2 id="node-facts">{facts.title}</h2>
      <dl class="facts">
        <Fact name={facts.reach}>
          <p>{reachSentence(status)}</p>
        </Fact>
        <Fact name={facts.page}>
          <p>{facts.pageBy[session.way.kind.value ?? 'none']}</p>
        </Fact>
        <Fact name={facts.ways}>
          <Ways bootstraps={status.overlay.bootstraps} />
        </Fact>
        <Fact name={facts.sync}>
          <Sync sync={status.sync} refresh={refresh} />
        </Fact>
        <Fact name={facts.traffic}>
          <p>{trafficSentence(status)}</p>
        </Fact>
        <Fact name={facts.version}>
          <p>{facts.runs(version, durationOf(uptimeSeconds))}</p>
          {agents.length > 0 && <p class="small quiet">{facts.others(agents.slice(0, 6).join(', '))}</p>}
        </Fact>
        <Fact name={facts.verifier}>
          <p>{facts[verifier]}</p>
        </Fact>
        <Fact name={facts.address}>
          <p>
            <code>{node}</code>
          </p>
        </Fact>
      </dl>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt class="small quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function reachSentence({ reachability: { state, addresses, relays } }: NodeStatus): string {
  const { facts } = nodeWords()
  const at = placeOf(addresses[0] ?? '')
  switch (state) {
    case 'public':
      return facts.public(at)
    case 'mapped':
      return facts.mapped(at)
    case 'relayed':
      return facts.relayed(count(relays.length))
    case 'unreachable':
      return facts.unreachable
    case 'unknown':
      return facts.unknown
  }
}

/** `/ip4/203.0.113.7/tcp/20000` → `203.0.113.7:20000`. */
function placeOf(address: string): string {
  const match = /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)/.exec(address)
  if (match === null) return address
  return address.startsWith('/ip6/') ? `[${match[1]}]:${match[2]}` : `${match[1]}:${match[2]}`
}

function Ways({ bootstraps }: { bootstraps: NodeStatus['overlay']['bootstraps'] }) {
  const { facts } = nodeWords()
  if (bootstraps.length === 0) return <p>{facts.waysNone}</p>
  const words = { connected: facts.connected, connecting: facts.connecting, unreachable: facts.away }
  return (
    <ul>
      {bootstraps.map(({ address, state, lastError }) => (
        <li key={address}>
          {placeOf(address)}:{' '}
          <span class={state === 'unreachable' ? 'trouble' : ''}>{words[state as keyof typeof words] ?? state}</span>
          {state === 'unreachable' && lastError !== '' && <span class="meta"> {lastError}</span>}
        </li>
      ))}
    </ul>
  )
}

function Sync({ sync, refresh }: { sync: NodeStatus['sync']; refresh: () => void }) {
  const { session } = useApp()
  const [outcome, setOutcome] = useState<Trouble | 'begun' | undefined>()
  const { facts } = nodeWords()
  const { state, completeUntil, learned, sent } = sync

  async function compare(): Promise<void> {
    const answer = await session.call('/sync', { method: 'POST', body: {} })
    setOutcome(isTrouble(answer) ? answer : 'begun')
    refresh()
  }

  const sentence =
    state === 'running'
      ? facts.syncRunning
      : completeUntil !== null
        ? facts.syncIdle(fullTime(Date.parse(completeUntil) / 1000))
        : state === 'waiting'
          ? facts.syncWaiting
          : facts.syncUnknown
  return (
    <>
      <p>{sentence}</p>
      <p class="small quiet">{facts.syncCounts(count(learned), count(sent))}</p>
      <p class="row">
        <button class="button" type="button" onClick={() => void compare()}>
          {facts.compare}
        </button>
        <span role="status" class="small">
          {outcome === 'begun' ? facts.comparing : outcome !== undefined ? troubleSentence(outcome) : ''}
        </span>
      </p>
    </>
  )
}

function trafficSentence({ counters }: NodeStatus): string {
  const { facts } = nodeWords()
  const sum = (...names: readonly string[]): number =>
    Object.entries(counters).reduce(
      (all, [name, value]) => all + (names.some(one => name === one || name.startsWith(`${one}:`)) ? value : 0),
      0,
    )
  return [
    facts.heard(count(sum('gossip_messages'))),
    facts.asked(count(sum('answers', 'sync_answers:answered'))),
    facts.passedOn(count(sum('circuits') - sum('circuits:busy'))),
  ].join(', ')
}
