/** By which way the page reaches its node: a quiet line while it is away from home, and a word when that changes. */
import { House, Route as RouteIcon, Search, Waypoints } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'
import { hashOf } from '../route.ts'
import type { WayKind } from '../way/way.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'
import { isWide } from './wide.ts'

/** A way, or the search for one. */
type Shown = WayKind | 'none'

const ICONS = {
  origin: House,
  home: House,
  direct: RouteIcon,
  circuit: Waypoints,
  none: Search,
} as const satisfies Record<Shown, unknown>

/** In the frame: what is as usual says nothing. A wide screen has it in the column on the right (aside.tsx). */
export function WayLine() {
  const { session, trouble } = useApp()
  const { kind: current, isPaired } = session.way
  const kind = current.value
  const isSearching = kind === undefined && isPaired.value && trouble.value === undefined
  const shown = kind !== undefined && isAwayKind(kind) ? kind : isSearching ? 'none' : undefined
  return (
    <>
      {shown !== undefined && !isWide.value && (
        <a class="way-line" href={hashOf({ view: 'node' })}>
          <WayName kind={shown} />
        </a>
      )}
      <p class="visually-hidden" role="status">
        {useNews(kind)}
      </p>
    </>
  )
}

export function WayName({ kind }: { kind: Shown }) {
  return (
    <>
      <Icon of={ICONS[kind]} size={16} /> <span>{words().road[kind]}</span>
    </>
  )
}

/** The way, once it has become another one; a way that is merely looked for anew is none. */
function useNews(kind: WayKind | undefined): string {
  const last = useRef(kind)
  const [news, setNews] = useState<WayKind>()
  useEffect(() => {
    if (kind === undefined || kind === last.current) return
    if (last.current !== undefined || isAwayKind(kind)) setNews(kind)
    last.current = kind
  }, [kind])
  return news === undefined ? '' : words().road[news]
}

function isAwayKind(kind: WayKind): boolean {
  return kind === 'direct' || kind === 'circuit'
}
