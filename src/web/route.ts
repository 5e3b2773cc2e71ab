/**
 * Which view the address asks for. Addresses stand behind `#`: the page works the same under `/`, under `/k/<token>/`
 * and from any static host, and the node is never told what somebody looks at.
 */
import { signal } from '@preact/signals'

const PLAIN = ['home', 'everybody', 'notices', 'people', 'bookmarks', 'me', 'welcome'] as const

export type Route =
  | { readonly view: (typeof PLAIN)[number] }
  | { readonly view: 'settings'; readonly part: string }
  /** Its parts: `settings`, `log`; without one how it stands. */
  | { readonly view: 'node'; readonly part?: string }
  | { readonly view: 'person'; readonly name: string }
  | { readonly view: 'thread'; readonly id: string }
  | { readonly view: 'tag'; readonly tag: string }
  | { readonly view: 'search'; readonly text: string }
  /** Somebody's invitation (state/invite.ts). */
  | { readonly view: 'invite'; readonly text: string }
  /** A pairing code (wire/pairing-code.ts); empty for who has yet to scan or paste one. */
  | { readonly view: 'pair'; readonly text: string }

/** `#/person/npub1…` → route; what nobody knows is the home view. */
function parseRoute(hash: string): Route {
  const [view = '', ...rest] = hash.replace(/^#?\/?/, '').split('/')
  const value = decoded(rest.join('/'))
  const plain = PLAIN.find(name => name === view)
  if (plain !== undefined) return { view: plain }
  if (view === 'settings') return { view, part: value }
  if (view === 'node') return value === '' ? { view } : { view, part: value }
  if (view === 'person' && value !== '') return { view, name: value }
  if (view === 'thread' && value !== '') return { view, id: value }
  if (view === 'tag' && value !== '') return { view, tag: value.toLowerCase() }
  if (view === 'search') return { view, text: value }
  if (view === 'pair') return { view, text: value }
  if (view === 'invite' && value !== '') return { view, text: value }
  return { view: 'home' }
}

/** Route → what stands behind `#`. */
export function hashOf(route: Route): string {
  switch (route.view) {
    case 'settings':
      return `#/settings/${encodeURIComponent(route.part)}`
    case 'node':
      return route.part === undefined ? '#/node' : `#/node/${encodeURIComponent(route.part)}`
    case 'person':
      return `#/person/${encodeURIComponent(route.name)}`
    case 'thread':
      return `#/thread/${encodeURIComponent(route.id)}`
    case 'tag':
      return `#/tag/${encodeURIComponent(route.tag)}`
    case 'search':
    case 'invite':
    case 'pair':
      return `#/${route.view}/${encodeURIComponent(route.text)}`
    default:
      return `#/${route.view}`
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const route = signal<Route>({ view: 'home' })

let isArriving = false

/** Somebody goes on to what has a heading of its own, as when the address changes: the heading takes the focus. */
export function arrive(): void {
  isArriving = true
}

/** Whether somebody has just gone there; true once. What the page was opened with takes no focus. */
export function hasArrived(): boolean {
  const was = isArriving
  isArriving = false
  return was
}

/** Follows the address from now on. */
export function followAddress(): void {
  // Lists remember the reader's place themselves: the browser does not know what stood there.
  history.scrollRestoration = 'manual'
  const read = () => {
    route.value = parseRoute(location.hash)
  }
  addEventListener('hashchange', () => {
    arrive()
    read()
  })
  read()
}

export function go(to: Route): void {
  location.hash = hashOf(to)
}
