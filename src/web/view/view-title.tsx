/** The heading of a view: it names the page, and takes the focus of whoever has come to it. */
import { signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { hasArrived, route } from '../route.ts'
import { count, words } from '../words/words.ts'

export interface ViewTitleProps {
  /** What the view is called in the title of the page: `Bob`. */
  readonly text: string
  /** What it is a part of, if it is one: `Settings`. */
  readonly within?: string | undefined
  readonly level?: 1 | 2
  readonly id?: string
  readonly class?: string
  /** What stands there, where it is not the text alone. */
  readonly children?: ComponentChildren
}

const HEADING = 'data-view-title'
const shown = signal<readonly string[]>([])
/** How many notices wait; in the title for who has the page in another tab. */
export const unseenNotices = signal(0)

export function ViewTitle({ text, within, level = 1, id, class: name, children }: ViewTitleProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    const mine = within === undefined ? [text] : [text, within]
    shown.value = mine
    return () => {
      if (shown.peek() === mine) shown.value = []
    }
  }, [text, within])
  useEffect(() => {
    if (hasArrived()) focusOn(heading.current)
  }, [route.value])
  const Heading = level === 1 ? 'h1' : 'h2'
  return (
    <Heading ref={heading} id={id} class={name} tabIndex={-1} {...{ [HEADING]: '' }}>
      {children ?? <bdi>{text}</bdi>}
    </Heading>
  )
}

/** For what had the focus and has left the page. */
export function focusOnView(): void {
  focusOn(document.querySelector<HTMLElement>(`[${HEADING}]`))
}

/** What lies under an open dialog a browser gives no focus; where the reader stands in a list stays as it is. */
function focusOn(heading: HTMLElement | null): void {
  heading?.focus({ preventScroll: true })
}

/** `(3) Bob · nostrp2p`. */
export function PageTitle() {
  const unseen = unseenNotices.value
  const title = [...new Set([...shown.value, words().app])].join(' · ')
  useEffect(() => {
    document.title = unseen > 0 ? `(${count(unseen)}) ${title}` : title
  }, [unseen, title])
  return null
}
