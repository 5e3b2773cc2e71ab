/** A long list of which only what is in sight is in the document; heights are measured as they are drawn. */
import {
  measureElement,
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

export interface WindowedProps<T> {
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  /** Height in pixels before it is measured. */
  readonly estimate: number
  readonly draw: (item: T) => ComponentChildren
  /** The end is nearly in sight. */
  readonly onEnd?: () => void
}

/** Drawn beyond what is in sight, on each side. */
const OVERSCAN = 6
/** So many before the last one is nearly the end. */
const NEAR_END = 10

export function Windowed<T>({ items, keyOf, estimate, draw, onEnd }: WindowedProps<T>) {
  const [, redraw] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const virtualizer = useRef<Virtualizer<Window, HTMLElement>>(undefined)
  const options = {
    count: items.length,
    getScrollElement: (): Window => window,
    estimateSize: () => estimate,
    getItemKey: (index: number) => keyOf(items[index]!),
    overscan: OVERSCAN,
    scrollMargin: list.current?.offsetTop ?? 0,
    initialOffset: () => window.scrollY,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    measureElement,
    onChange: () => redraw(count => count + 1),
  }
  virtualizer.current ??= new Virtualizer<Window, HTMLElement>(options)
  const current = virtualizer.current
  current.setOptions(options)
  useLayoutEffect(() => current._didMount(), [current])
  useLayoutEffect(() => current._willUpdate())
  const shown = current.getVirtualItems()
  const isAtEnd = (shown.at(-1)?.index ?? -1) >= items.length - NEAR_END
  useEffect(() => {
    if (isAtEnd) onEnd?.()
  }, [isAtEnd, items.length])
  return (
    <div ref={list} class="windowed" style={{ height: `${current.getTotalSize()}px` }} role="feed" aria-busy="false">
      {shown.map(({ key, index, start }) => (
        <div
          key={key}
          ref={element => {
            if (element !== null) current.measureElement(element)
          }}
          data-index={index}
          class="windowed-item"
          style={{ transform: `translateY(${start - current.options.scrollMargin}px)` }}
        >
          {draw(items[index]!)}
        </div>
      ))}
    </div>
  )
}
