/** A long list of which only what is in sight is in the document; heights are measured as they are drawn. */
import {
  measureElement,
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
} from '@tanstack/virtual-core'
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { usePlace } from './use-place.ts'

export interface WindowedProps<T> {
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  /** Height in pixels before it is measured. */
  readonly estimate: number
  readonly draw: (item: T) => ComponentChildren
  /** The end is nearly in sight. */
  readonly onEnd?: () => void
  /** Told of the end again when this changes while it is in sight. */
  readonly endState?: unknown
  /** The reader's place is remembered under this name. */
  readonly list?: string
  /** The key of what is looked at first, where no place is remembered. */
  readonly startAt?: string | undefined
  /** Told of the first item in sight, whenever it is another. */
  readonly onFirst?: (item: T) => void
}

/** Drawn beyond what is in sight, on each side. */
const OVERSCAN = 6
/** So many before the last one is nearly the end. */
const NEAR_END = 10

export function Windowed<T>(props: WindowedProps<T>) {
  const { items, keyOf, estimate, draw, onEnd, onFirst } = props
  const [, redraw] = useState(0)
  const [margin, setMargin] = useState(0)
  const element = useRef<HTMLDivElement>(null)
  const virtualizer = useRef<Virtualizer<Window, HTMLElement>>(undefined)
  // The same function for the same items: with another one all places are reckoned anew.
  const getItemKey = useCallback((index: number) => keyOf(items[index]!), [items])
  const options = {
    count: items.length,
    getScrollElement: (): Window => window,
    estimateSize: () => estimate,
    getItemKey,
    overscan: OVERSCAN,
    scrollMargin: margin,
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
  useLayoutEffect(() => followMargin(element.current!, setMargin), [])
  usePlace({ list: props.list, startAt: props.startAt, items, keyOf, virtualizer: current, element })
  const shown = current.getVirtualItems()
  const isAtEnd = (shown.at(-1)?.index ?? -1) >= items.length - NEAR_END
  useEffect(() => {
    if (isAtEnd) onEnd?.()
  }, [isAtEnd, items.length, props.endState])
  const first = onFirst && shown.find(({ end }) => end > (current.scrollOffset ?? 0))
  useEffect(() => {
    if (first !== undefined) onFirst?.(items[first.index]!)
  }, [first?.key])
  const drawn = useDrawn(items, draw, keyOf)
  return (
    <div ref={element} class="windowed" style={{ height: `${current.getTotalSize()}px` }} role="feed" aria-busy="false">
      {shown.map(({ key, index, start }) => (
        <div
          key={key}
          ref={current.measureElement}
          data-index={index}
          class="windowed-item"
          style={{ transform: `translateY(${start - margin}px)` }}
        >
          {drawn(index)}
        </div>
      ))}
    </div>
  )
}

/** Where the list begins: what stands above it may become higher or lower. Asked when it costs no layout of its own. */
function followMargin(list: HTMLElement, set: (margin: number) => void): () => void {
  const observer = new ResizeObserver(() => set(list.offsetTop))
  set(list.offsetTop)
  observer.observe(list.parentElement!)
  observer.observe(document.body)
  return () => observer.disconnect()
}

/** Scrolling moves what is drawn and does not draw it again: the same node is passed over. */
function useDrawn<T>(items: readonly T[], draw: (item: T) => ComponentChildren, keyOf: (item: T) => string) {
  const held = useRef<{ draw: typeof draw; nodes: Map<string, ComponentChildren> }>(undefined)
  if (held.current?.draw !== draw) held.current = { draw, nodes: new Map() }
  const { nodes } = held.current
  if (nodes.size > MAX_DRAWN) nodes.clear()
  return (index: number): ComponentChildren => {
    const item = items[index]!
    const key = keyOf(item)
    const node = nodes.get(key) ?? draw(item)
    nodes.set(key, node)
    return node
  }
}

const MAX_DRAWN = 200
