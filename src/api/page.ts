/** The plain status page: no script, no request to anywhere, readable by somebody who never heard of peers. */
import type { DeliveryStatus, NodeStatus } from '../flow/status.ts'
import { PAGE_STYLE } from './page-style.ts'

/** What a claimed node shows to whoever may read. */
export function statusPage(status: NodeStatus): string {
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
  ...relayRows(status),
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

/** What somebody without access sees: how to get in, and nothing about the node. */
export function noAccessPage(wayIn: string): string {
  return page('This page needs a key', `<p class="lead">${escapeHtml(wayIn)}</p>`)
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

/** Nothing about the relay while it serves the owner alone. */
function relayRows({ relay, store }: NodeStatus): readonly (readonly [string, string])[] {
  const { reads, writes } = relay
  if (reads === 'owner' && writes === 'owner' && store.guests.events === 0) return []
  const who = { owner: 'you', listed: 'you and whom you have listed', anyone: 'everybody' }
  const held = `${count(store.guests.events)} of ${count(store.guests.maxEvents)}`
  return [
    ['Relay', escapeHtml(`read by ${who[reads]}, written by ${who[writes]}`)],
    ["Guests' events", escapeHtml(held)],
  ]
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

function deliveries(all: readonly DeliveryStatus[]): string {
  const waiting = all.filter(delivery => delivery.state === 'waiting')
  if (waiting.length === 0) return ''
  const rows = waiting.map(({ to, attempts, nextTry }) => {
    const next = nextTry === null ? '' : `, next try ${nextTry.slice(0, 16).replace('T', ' ')} UTC or when it returns`
    return `<li>for ${code(to)}<span class="quiet"> ${escapeHtml(`tried ${attempts} times${next}`)}</span></li>`
  })
  return `<h2>Waiting for somebody's node</h2><ul>${rows.join('')}</ul>`
}

function list(rows: readonly (readonly [string, string])[]): string {
  return `<dl>${rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${value}</dd>`).join('')}</dl>`
}

function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`
}

function duration(seconds: number): string {
  if (seconds < 2) return 'a moment'
  if (seconds < 120) return `${Math.floor(seconds)} seconds`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} minutes`
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} hours`
  return `${Math.floor(seconds / 86_400)} days`
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} KiB`
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`
}

/** Text of the network (addresses, errors) reaches the page only through here. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} · nostrp2p</title>
<style>${PAGE_STYLE}</style>
<main>
<p class="quiet">nostrp2p</p>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</html>
`
}
