/** The quiet column on the right of a wide screen: search, who is connected, whom one may know. */
import { useEffect, useState } from 'preact/hooks'
import { KIND } from '../../event/kinds.ts'
import { pubkeyOf } from '../../event/npub.ts'
import type { NodeStatus } from '../../wire/node-status.ts'
import type { PeerStatus } from '../../wire/peer-status.ts'
import { jsonOf } from '../node/call.ts'
import { isTrouble } from '../node/trouble.ts'
import { go, hashOf, route } from '../route.ts'
import { mutesIn } from '../state/mutes.ts'
import { profileOf } from '../state/profile.ts'
import { count, words } from '../words/words.ts'
import { Avatar } from './avatar.tsx'
import { useApp } from './context.ts'
import { FollowButton } from './follow-button.tsx'
import { PersonName } from './person-name.tsx'
import { WayName } from './way-line.tsx'
import '../style/house.css'

export function Aside({ owner }: { owner: string }) {
  const peers = usePeers()
  const { session } = useApp()
  const { aside } = words().house
  const kind = session.way.kind.value
  return (
    <aside class="aside" aria-label={aside.label}>
      {route.value.view !== 'search' && <SearchField />}
      {session.way.isPaired.value && (
        <a class="aside-way" href={hashOf({ view: 'node' })}>
          <WayName kind={kind ?? 'none'} />
        </a>
      )}
      {peers !== undefined && <Connected peers={peers} owner={owner} />}
      <Suggestions owner={owner} />
    </aside>
  )
}

const LOOK_MS = 30_000

/** Asked for now and then, only while somebody looks. */
function usePeers(): readonly PeerStatus[] | undefined {
  const { session } = useApp()
  const [peers, setPeers] = useState<readonly PeerStatus[]>()
  useEffect(() => {
    let askedMs = Number.NEGATIVE_INFINITY
    const stop = new AbortController()
    async function look(): Promise<void> {
      if (document.visibilityState !== 'visible' || performance.now() - askedMs < LOOK_MS - 1_000) return
      askedMs = performance.now()
      const status = await jsonOf<NodeStatus>(await session.call('/status', { signal: stop.signal }))
      if (!isTrouble(status) && !stop.signal.aborted) setPeers(status.peers)
    }
    void look()
    const timer = setInterval(() => void look(), LOOK_MS)
    document.addEventListener('visibilitychange', () => void look(), { signal: stop.signal })
    return () => {
      clearInterval(timer)
      stop.abort()
    }
  }, [])
  return peers
}

function SearchField() {
  const [typed, setTyped] = useState('')
  const { search } = words()
  return (
    <search>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (typed.trim() !== '') go({ view: 'search', text: typed.trim() })
        }}
      >
        <input
          type="search"
          class="aside-search"
          aria-label={search.title}
          placeholder={search.placeholder}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </form>
    </search>
  )
}

const MAX_SHOWN = 6

function Connected({ peers, owner }: { peers: readonly PeerStatus[]; owner: string }) {
  const { book, missing } = useApp()
  void book.version.value
  const { aside } = words().house
  const people = new Map<string, PeerStatus>()
  for (const peer of peers) {
    const pubkey = peer.owner === null || !peer.proven ? undefined : pubkeyOf(peer.owner)
    if (pubkey !== undefined && pubkey !== owner && !people.has(pubkey)) people.set(pubkey, peer)
  }
  const shown = [...people].slice(0, MAX_SHOWN)
  const nodes = new Set(peers.map(({ id }) => id)).size - shown.length
  useEffect(() => {
    for (const [pubkey] of shown) missing.wantProfile(pubkey)
  }, [shown.map(([pubkey]) => pubkey).join()])
  return (
    <section aria-labelledby="aside-connected">
      <h2 id="aside-connected" class="aside-title">
        <a class="quiet-link" href={hashOf({ view: 'node' })}>
          {aside.connected}
        </a>
      </h2>
      {peers.length === 0 && <p class="small quiet">{aside.nobody}</p>}
      <ul>
        {shown.map(([pubkey, { way }]) => (
          <li key={pubkey} class="aside-person">
            <Avatar profile={profileOf(book, pubkey)} size={28} />
            <span class="aside-lines">
              <PersonName profile={profileOf(book, pubkey)} />
              <span class="meta">{aside[way]}</span>
            </span>
          </li>
        ))}
      </ul>
      {nodes > 0 && <p class="small quiet">{(shown.length === 0 ? aside.nodes : aside.otherNodes)(count(nodes))}</p>}
    </section>
  )
}

const MAX_SUGGESTED = 3

/** People whose profile is here and whom the owner does not follow yet. */
function Suggestions({ owner }: { owner: string }) {
  const { book, follows, mutes } = useApp()
  void book.version.value
  const [kept, setKept] = useState<readonly string[]>([])
  const followed = follows.of()
  const muted = new Set(mutesIn(mutes.tags.value).flatMap(({ what, value }) => (what === 'p' ? value : [])))
  const fitting = [...book.ofKind(KIND.profile)]
    .map(({ pubkey }) => pubkey)
    .filter(pubkey => pubkey !== owner && followed?.has(pubkey) !== true && !muted.has(pubkey))
  // Whom one has just followed stays until the page is opened anew: nothing jumps away under the pointer.
  const shown = [...kept, ...fitting.filter(pubkey => !kept.includes(pubkey))].slice(0, MAX_SUGGESTED)
  useEffect(() => {
    if (shown.length > kept.length) setKept(shown)
  }, [shown.length])
  if (followed === undefined || shown.length === 0) return null
  return (
    <section aria-labelledby="aside-suggestions">
      <h2 id="aside-suggestions" class="aside-title">
        {words().house.aside.suggestions}
      </h2>
      <ul>
        {shown.map(pubkey => (
          <li key={pubkey} class="aside-person">
            <Avatar profile={profileOf(book, pubkey)} size={28} />
            <span class="aside-lines">
              <PersonName profile={profileOf(book, pubkey)} />
            </span>
            <FollowButton pubkey={pubkey} />
          </li>
        ))}
      </ul>
    </section>
  )
}
