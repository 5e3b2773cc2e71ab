/** The plain status page: no script, no request to anywhere, readable by somebody who never heard of peers. */
import type { NodeStatus } from '../wire/node-status.ts'
import type { DeliveryReport } from '../wire/ways.ts'
import { code, count, escapeHtml, list, page } from './html.ts'
import type { Failure } from './reply.ts'

/**
 * What a claimed node shows to whoever may read.
 * @param token with which the page was asked, for the links in it
 */
export function statusPage(status: NodeStatus, token?: string): string {
  return page(
    'Your node',
    `<p class="lead">${escapeHtml(networkSentence(status))}</p>
${list([
  ['Owner', code(status.owner ?? '')],
  ['Node', code(status.node)],
  ['Owner peer ID', code(status.ownerPeerId ?? '')],
  ['Binding', escapeHtml(bindingSentence(status))],
  ['Running', escapeHtml(`for ${duration(status.uptimeSeconds)}, version ${status.version}`)],
  ['Posts and other events', escapeHtml(`${count(status.store.events)} of ${count(status.store.maxEvents)}`)],
  ...relayRows(status, token),
  ['Up to date', escapeHtml(syncSentence(status))],
  ['Disk', escapeHtml(`${size(status.store.bytes)} of ${size(status.store.maxBytes)}`)],
  ['From outside', escapeHtml(outsideSentence(status))],
  ['Addresses', status.overlay.addresses.map(code).join('<br>') || 'none yet'],
])}
${bootstraps(status)}
${peers(status)}
${deliveries(status.outbox.deliveries)}`,
  )
}

/** What an unclaimed node shows: what to do. Nothing here is private yet. */
export function unclaimedPage(status: NodeStatus, writable: boolean): string {
  const steps = writable
    ? `<ol>
<li>If you have no key yet, run <code>nostrp2p genkey</code>. Keep the secret key (nsec) for yourself and your client.</li>
<li>Make the node yours with the claim address that it printed when it started, or stop it and start it again with
<code>-p</code> and your public key (npub).</li>
</ol>`
    : '<p>It was started with <code>-w false</code>: it passes on what others post and takes no posts itself. That needs no owner.</p>'
  return page(
    'This node has no owner yet',
    `<p class="lead">It is running and ${escapeHtml(networkSentence(status).replace(/^./, first => first.toLowerCase()))}</p>
${steps}
${list([['Node', code(status.node)]])}`,
  )
}

/** Why nothing is shown or was done. To somebody without access: how to get in, and nothing about the node. */
export function refusalPage({ status, error }: Failure): string {
  return page(
    status === 401 ? 'This page needs a key' : 'That did not work',
    `<p class="lead">${escapeHtml(error)}</p>`,
  )
}

function networkSentence({ peers, overlay }: NodeStatus): string {
  if (peers.length > 0) return `Connected to ${peers.length === 1 ? 'one other node' : `${peers.length} other nodes`}.`
  if (overlay.bootstraps.length > 0) return 'Looking for other nodes; none is connected right now.'
  return 'Waiting for other nodes to connect: it was started without a bootstrap (-b).'
}

function outsideSentence({ reachability: { state, router, mapping } }: NodeStatus): string {
  const ways = {
    public: 'others reach this node',
    mapped: `others reach this node, because the router lets them in (${mapping?.by ?? 'by a mapping'})`,
    relayed: 'others reach this node through helper nodes',
    unreachable: 'others cannot reach this node by themselves',
    unknown: 'not known yet whether others reach this node',
  } as const
  const asked = {
    unasked: '',
    asking: '; the router is being asked to let them in',
    refused: '; the router was asked to let them in, by NAT-PMP and UPnP, and does not',
    mapped: '',
  } as const
  return `${ways[state]}${asked[router]}`
}

function bindingSentence({ binding, owner }: NodeStatus): string {
  if (binding.expires !== null) {
    const soon = binding.state === 'expires-soon' ? ', which is soon: sign the next one' : ''
    return `signed by the owner, valid until ${binding.expires.slice(0, 10)}${soon}`
  }
  if (binding.state === 'withdrawn') return 'withdrawn by the owner: nothing that is addressed to the owner comes here'
  return owner === null ? 'none' : 'not signed yet: other nodes take this node for yours only on its word'
}

function syncSentence({ sync: { state, completeUntil, progress } }: NodeStatus): string {
  if (progress !== null && progress.kind !== 'repair') {
    const { found, learned } = progress
    return `catching up with what was missed${found === 0 ? '' : `: ${count(learned)} of ${count(found)} missing events are here`}`
  }
  if (completeUntil !== null) {
    return `has what its neighbours have up to ${completeUntil.slice(0, 16).replace('T', ' ')} UTC`
  }
  return state === 'waiting'
    ? 'not known yet: it waits for another node to compare with'
    : 'not known yet: two other nodes have to be compared with'
}

/** Nothing about guests while the relay serves the owner alone. */
function relayRows({ relay, store }: NodeStatus, token?: string): readonly (readonly [string, string])[] {
  const { reads, writes } = relay
  const who = { owner: 'you', listed: 'you and whom you have listed', anyone: 'everybody' }
  const manage = `<a href="${token === undefined ? '' : `/k/${escapeHtml(token)}`}/relay">Manage it</a>`
  const row = ['Relay', `${escapeHtml(`read by ${who[reads]}, written by ${who[writes]}`)}<br>${manage}`] as const
  if (reads === 'owner' && writes === 'owner' && store.guests.events === 0) return [row]
  return [row, ["Guests' events", escapeHtml(`${count(store.guests.events)} of ${count(store.guests.maxEvents)}`)]]
}

function bootstraps({ overlay }: NodeStatus): string {
  if (overlay.bootstraps.length === 0) return ''
  const rows = overlay.bootstraps.map(({ address, state, lastError }) => {
    const trouble = state === 'unreachable' && lastError !== '' ? `: ${lastError}. It is tried again by itself.` : ''
    return `<li>${code(address)} ${escapeHtml(state + trouble)}</li>`
  })
  return `<h2>Bootstraps</h2><ul>${rows.join('')}</ul>`
}

function peers({ peers }: NodeStatus): string {
  if (peers.length === 0) return ''
  const rows = peers.map(peer => {
    const owner = peer.owner === null ? 'a node without owner' : peer.owner
    const proof = peer.owner === null || peer.proven ? '' : ' (not proven)'
    return `<li>${code(owner)}${proof}<span class="quiet"> ${escapeHtml(`${peer.direction} by ${peer.transport}`)}</span></li>`
  })
  return `<h2>Connected now</h2><ul>${rows.join('')}</ul>`
}

function deliveries(all: readonly DeliveryReport[]): string {
  const waiting = all.filter(delivery => delivery.state === 'waiting')
  if (waiting.length === 0) return ''
  const rows = waiting.map(({ to, attempts, nextTry }) => {
    const next = nextTry === null ? '' : `, next try ${nextTry.slice(0, 16).replace('T', ' ')} UTC or when it returns`
    return `<li>for ${code(to)}<span class="quiet"> ${escapeHtml(`tried ${attempts} times${next}`)}</span></li>`
  })
  return `<h2>Waiting for somebody's node</h2><ul>${rows.join('')}</ul>`
}

function duration(seconds: number): string {
  if (seconds < 2) return 'a moment'
  if (seconds < 120) return `${Math.floor(seconds)} seconds`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} minutes`
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} hours`
  return `${Math.floor(seconds / 86_400)} days`
}

function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} KiB`
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`
}
