/**
 * Keeps the page itself on the device, so that it opens without the node, and shows what the node pushes. What the node
 * knows never passes through here: posts are kept by the page.
 */
import type { PushMessage } from '../wire/push.ts'

interface WorkerScope extends EventTarget {
  readonly registration: ServiceWorkerRegistration
  readonly clients: Clients
  skipWaiting(): Promise<void>
}
interface Clients {
  claim(): Promise<void>
  matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly WindowClient[]>
  openWindow(url: string): Promise<unknown>
}
interface WindowClient {
  focus(): Promise<unknown>
  navigate(url: string): Promise<unknown>
}
interface WaitingEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface FetchedEvent extends WaitingEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
interface PushedEvent extends WaitingEvent {
  readonly data: { json(): unknown } | null
}
interface MessagedEvent extends WaitingEvent {
  readonly ports: readonly MessagePort[]
}
interface ClickedEvent extends WaitingEvent {
  readonly notification: Notification
}

/** What `scripts/build-web.ts` wrote: all files of the page, and a name for this set of them. */
interface Files {
  readonly version: string
  readonly paths: readonly string[]
}

const scope = globalThis as unknown as WorkerScope
const CACHE = 'nostrp2p page'
const BASE = new URL('./', location.href)
const LIST = new URL('files.json', BASE).href
/** A connection that comes to nothing must not keep the worker awake. */
const LIST_MS = 30_000

on<WaitingEvent>('install', event => event.waitUntil(renew().then(() => scope.skipWaiting())))
on<WaitingEvent>('activate', event => event.waitUntil(scope.clients.claim()))

on<FetchedEvent>('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== BASE.origin) return
  const path = plainPath(url)
  if (request.mode === 'navigate' && WITHOUT_SLASH.test(url.pathname)) event.respondWith(withSlash(url))
  else if (request.mode === 'navigate' && path === BASE.pathname) event.respondWith(page(request, event))
  else if (path.startsWith(new URL('assets/', BASE).pathname)) event.respondWith(asset(request, path))
})

/** The page says but one thing: that it wants to be loaded anew. It is told when what is new is here. */
on<MessagedEvent>('message', event => {
  event.waitUntil(renewOrNot().then(() => event.ports[0]?.postMessage(null)))
})

on<PushedEvent>('push', event => {
  const message = event.data?.json() as PushMessage | undefined
  if (message?.v !== 1) return
  const { title, body, what, id } = message
  const to = what === 'several' ? '#/notices' : `#/thread/${encodeURIComponent(id)}`
  const options = { body, tag: what, icon: './icon-192.png', data: { to } }
  event.waitUntil(scope.registration.showNotification(title, options))
})

on<ClickedEvent>('notificationclick', event => {
  event.notification.close()
  const { to } = event.notification.data as { to: string }
  event.waitUntil(show(`${BASE.href}${to}`))
})

function on<E extends Event>(name: string, handle: (event: E) => void): void {
  scope.addEventListener(name, event => handle(event as E))
}

async function show(url: string): Promise<void> {
  const [open] = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (open === undefined) await scope.clients.openWindow(url)
  else {
    await open.navigate(url)
    await open.focus()
  }
}

/**
 * The kept page at once: whoever opens it on the road waits for nobody. What the page's own address has by now is fetched
 * meanwhile, for the next time; the page says when there is another one (view/version-banner.tsx).
 */
async function page(request: Request, event: WaitingEvent): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(BASE.href)
  if (kept === undefined) return fetch(request)
  event.waitUntil(renewOrNot())
  return kept
}

/** Nobody is there, or the device has no room: what is kept stays. */
async function renewOrNot(): Promise<void> {
  try {
    await renew()
  } catch {
    // The next visit tries again.
  }
}

/**
 * Names of assets hold a hash: what is kept under one is right for ever. The answer is made anew, for a kept one brings its
 * own address along, and a script that is loaded under two addresses runs twice.
 */
async function asset(request: Request, path: string): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(new URL(path, BASE).href)
  if (kept === undefined) return fetch(request)
  const { status, headers } = kept
  return new Response(kept.body, { status, headers })
}

/** Fetches the page's files if they are others than those that are here, and lets the old ones go. */
async function renew(): Promise<void> {
  const cache = await caches.open(CACHE)
  const response = await fetch(LIST, { cache: 'no-store', signal: AbortSignal.timeout(LIST_MS) })
  if (!response.ok) return
  const { version, paths } = (await response.clone().json()) as Files
  const known = (await (await cache.match(LIST))?.json()) as Files | undefined
  if (known?.version === version) return
  const wanted = paths.map(path => new URL(path, BASE).href)
  const missing: string[] = []
  for (const url of wanted) if (!url.includes('/assets/') || !(await cache.match(url))) missing.push(url)
  await cache.addAll(missing)
  await cache.put(LIST, response)
  const keep = new Set([...wanted, LIST])
  for (const request of await cache.keys()) if (!keep.has(request.url)) await cache.delete(request)
}

/** The address as it is printed: the page's files stand below it, also while the node that sends on is away. */
const WITHOUT_SLASH = /^\/k\/[A-Za-z0-9_-]{1,128}$/

async function withSlash(url: URL): Promise<Response> {
  url.pathname += '/'
  return Response.redirect(url.href)
}

/** Without the code that opens the node (`/k/<code>/`). */
function plainPath(url: URL): string {
  return url.pathname.replace(/^\/k\/[A-Za-z0-9_-]{1,128}(?=\/|$)/, '') || '/'
}
