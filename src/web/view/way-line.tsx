/** By which way the page reaches its node: a quiet line while it is away from home, and a word when that changes. */
import { House, Route as RouteIcon, Waypoints } from 'lucide'
import { useEffect, useRef, useState } from 'preact/hooks'
import { hashOf } from '../route.ts'
import type { WayKind } from '../way/way.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'
import { isWide } from './wide.ts'

const ICONS = { origin: House, home: House, direct: RouteIcon, circuit: Waypoints } as const satisfies Record<
  WayKind,
  unknown
>

/** In the frame: what is as usual says nothing. A wide screen has it in the column on the right (aside.tsx). */
export function WayLine() {
  const { session } = useApp()
  const kind = session.way.kind.value
  const isAway = kind === 'direct' || kind === 'circuit'
  return (
    <>
      {isAway && !isWide.value && (
        <a class="way-line" href={hashOf({ view: 'node' })}>
          <WayName kind={kind} />
        </a>
      )}
      <p class="visually-hidden" role="status">
        {useNews(kind)}
      </p>
    </>
  )
}

export function WayName({ kind }: { kind: WayKind }) {
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
