/** Single keys: moving from post to post, acting on the one in focus, going to other views. */
import { go, type Route, route } from '../route.ts'

export interface KeyActions {
  readonly write: () => void
  readonly help: () => void
  /** @param id of the post in focus */
  readonly bookmark: (id: string) => void
}

/** The second key after `g`. */
export const PLACES = {
  h: { view: 'home' },
  e: { view: 'everybody' },
  n: { view: 'notices' },
  p: { view: 'people' },
  b: { view: 'bookmarks' },
  m: { view: 'me' },
  o: { view: 'node' },
  s: { view: 'settings', part: '' },
} as const satisfies Readonly<Record<string, Route>>

/** Pressed on the post in focus: its buttons carry them as `aria-keyshortcuts`. */
const PRESSES: ReadonlySet<string> = new Set(['r', 'l', 't', 'm'])
const SECOND_KEY_MS = 1_500

/** @returns how to end it */
export function followKeys(actions: KeyActions): () => void {
  let goingUntilMs = 0
  const stop = new AbortController()

  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTaken(event.target)) return
    const isGoing = event.timeStamp < goingUntilMs
    goingUntilMs = 0
    if (isGoing ? goTo(event.key) : act(event)) event.preventDefault()
  }

  /** Whether the key meant something. */
  function act({ key, target, timeStamp }: KeyboardEvent): boolean {
    switch (key) {
      case 'j':
        return move(1)
      case 'k':
        return move(-1)
      case 'g':
        goingUntilMs = timeStamp + SECOND_KEY_MS
        return true
      case 'o':
        return open()
      case 'Enter':
        // On a link or button it does what it always does.
        return target === postInFocus() && open()
      case 'n':
        actions.write()
        return true
      case '?':
        actions.help()
        return true
      case '/':
        return search()
      case '.':
        return press(document, '.new-bar')
      case 'b':
        return withPost(id => actions.bookmark(id))
      default:
        return PRESSES.has(key) && press(postInFocus(), `[aria-keyshortcuts="${key}"]:enabled`)
    }
  }

  addEventListener('keydown', onKey, { signal: stop.signal })
  return () => stop.abort()
}

/** Somebody types, or a dialog is open. */
function isTaken(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]') !== null) return true
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null
}

function goTo(key: string): boolean {
  if (!Object.hasOwn(PLACES, key)) return false
  go(PLACES[key as keyof typeof PLACES])
  return true
}

function posts(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('.middle article')]
}

function postInFocus(): HTMLElement | undefined {
  return document.activeElement?.closest<HTMLElement>('.middle article') ?? undefined
}

/** Room that the bars of the page take at its upper and lower edge. */
const EDGE_PX = 72
/** A long list draws what comes next a moment after it was scrolled: so many frames that is waited for. */
const LATE_FRAMES = 30

/** To the next post or the one before; from nowhere to the first in sight. */
function move(step: 1 | -1, frames = LATE_FRAMES): boolean {
  const all = posts()
  const current = postInFocus()
  const from = current === undefined ? -1 : all.indexOf(current)
  const next = from < 0 ? all.find(post => post.getBoundingClientRect().bottom > EDGE_PX) : all[from + step]
  if (next === undefined) {
    if (frames === LATE_FRAMES) scrollBy(0, (step * innerHeight) / 2)
    if (frames > 0) requestAnimationFrame(() => postInFocus() === current && move(step, frames - 1))
    return true
  }
  next.focus({ preventScroll: true })
  const { top, bottom } = next.getBoundingClientRect()
  if (top < 0 || bottom > innerHeight - EDGE_PX) next.scrollIntoView({ block: 'start' })
  return true
}

function withPost(work: (id: string) => void): boolean {
  const id = postInFocus()?.dataset.post
  if (id !== undefined) work(id)
  return id !== undefined
}

function open(): boolean {
  return withPost(id => go({ view: 'thread', id }))
}

function press(within: ParentNode | undefined, selector: string): boolean {
  const button = within?.querySelector<HTMLElement>(selector)
  button?.click()
  return button != null
}

/** The field that is on the page, or the view that has one and takes the focus. */
function search(): boolean {
  const field = document.querySelector<HTMLInputElement>('input[type="search"]')
  if (field !== null) field.focus()
  else if (route.value.view !== 'search') go({ view: 'search', text: '' })
  return true
}
