/** The reader's place in a windowed list: found again when the list is opened, noted while it is read. */
import type { Virtualizer } from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Place } from '../state/places.ts'
import { useApp } from './context.ts'

export interface PlaceParts<T> {
  readonly list: string | undefined
  readonly startAt: string | undefined
  readonly items: readonly T[]
  readonly keyOf: (item: T) => string
  readonly virtualizer: Virtualizer<Window, HTMLElement>
  readonly element: RefObject<HTMLElement | null>
}

/** Heights become known as posts are drawn: so many frames the place is put right. */
const MAX_FRAMES = 30
/** What is not there by then will not come. */
const PATIENCE_MS = 4_000
/** The title above stays in sight over the post that a conversation is opened at. */
const BELOW_TITLE = 60
/** Nearer to the top than this is the top. */
const TOP = 40

export function usePlace<T>({ list, startAt, items, keyOf, virtualizer, element }: PlaceParts<T>): void {
  const { places } = useApp()
  const wanted = useRef<Place>(undefined)
  const noted = useRef<Place>(undefined)

  const before = useRef(items)

  useLayoutEffect(() => {
    // Whoever has begun to read stays where they are.
    if (noted.current !== undefined) return
    const remembered = list === undefined ? undefined : places.read(list)
    wanted.current = remembered ?? (startAt === undefined ? undefined : { key: startAt, offset: BELOW_TITLE })
    noted.current = remembered
    if (wanted.current === undefined) scrollTo({ top: 0 })
    const forget = () => {
      wanted.current = undefined
    }
    // A reader who moves is where they want to be.
    const stop = new AbortController()
    for (const name of ['wheel', 'touchstart', 'keydown', 'pointerdown']) {
      addEventListener(name, forget, { signal: stop.signal, passive: true })
    }
    const timer = setTimeout(forget, PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [list, startAt])

  /** Moves the window so that the item stands at its place; false when it is not in the list. */
  function put(place: Place): boolean {
    const index = items.findIndex(item => keyOf(item) === place.key)
    if (index < 0) return false
    const drawn = element.current?.querySelector(`:scope > [data-index="${index}"]`)
    const [start = 0] = virtualizer.getOffsetForIndex(index, 'start') ?? []
    const off = drawn ? drawn.getBoundingClientRect().top - place.offset : start - place.offset - scrollY
    if (Math.abs(off) >= 1) scrollBy({ top: off })
    return true
  }

  useLayoutEffect(() => {
    const earlier = before.current
    before.current = items
    const place = wanted.current
    if (place === undefined) {
      const read = noted.current
      if (read === undefined || scrollY < TOP) return
      // Own posts, what was answered, and what fills a gap come in above without moving what is read.
      const indexIn = (list: readonly T[]) => list.findIndex(item => keyOf(item) === read.key)
      if (indexIn(items) !== indexIn(earlier)) put(read)
      return
    }
    let frame = 0
    let frames = 0
    const putAgain = () => {
      if (wanted.current !== place || !put(place)) return
      noted.current = place
      if (++frames < MAX_FRAMES) frame = requestAnimationFrame(putAgain)
      else wanted.current = undefined
    }
    putAgain()
    return () => cancelAnimationFrame(frame)
  }, [items])

  // Ends with the view at once: afterwards the window scrolls because it has become shorter.
  useLayoutEffect(() => {
    if (list === undefined) return
    const note = () => {
      if (wanted.current !== undefined) return
      // As the list has read it: to ask the window again would make it reckon where everything stands, twice a frame.
      const offset = virtualizer.scrollOffset ?? 0
      const first = virtualizer.getVirtualItems().find(({ end }) => end > offset)
      noted.current =
        offset < TOP || first === undefined ? undefined : { key: String(first.key), offset: first.start - offset }
    }
    const save = () => places.write(list, noted.current)
    addEventListener('scroll', note, { passive: true })
    addEventListener('pagehide', save)
    return () => {
      removeEventListener('scroll', note)
      removeEventListener('pagehide', save)
      save()
    }
  }, [list])
}
