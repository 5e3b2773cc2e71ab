/** A picture of who is connected: this node in the middle, circles around it by how. The list below it says the same. */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { layOut, type Neighbour, type Place, RINGS, type Ring } from '../../state/peer-map.ts'
import { milliseconds, nodeWords } from '../../words/node-words.ts'
import { count } from '../../words/words.ts'
import { DrawnAvatar } from '../avatar.tsx'
import { useApp } from '../context.ts'
import { neighbourName } from './node-names.ts'

const MAX_SIZE = 520
const MIN_SIZE = 240
/** Nobody is around it. */
const ALONE_SIZE = 120
const OWN_DOT = 22
const MAX_NAME = 10

export function PeerMap({ neighbours, owner }: { neighbours: readonly Neighbour[]; owner: string }) {
  const { book } = useApp()
  const element = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(MAX_SIZE)
  const id = useId()
  useLayoutEffect(() => {
    const measure = (): void => setWidth(element.current!.clientWidth)
    const observer = new ResizeObserver(measure)
    observer.observe(element.current!)
    measure()
    return () => observer.disconnect()
  }, [])
  void book.version.value
  const room = Math.round(Math.max(MIN_SIZE, Math.min(MAX_SIZE, width)))
  const size = neighbours.length === 0 ? ALONE_SIZE : room
  const { places, circles, dot, isNamed, isRoomy } = layOut(neighbours, size)
  const middle = size / 2
  const { map } = nodeWords()
  const of = (ring: Ring): string => count(neighbours.filter(one => one.ring === ring).length)
  return (
    <div ref={element} class="peer-map">
      <svg
        width={size}
        height={size}
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label={map.picture(of('near'), of('direct'), of('helper'))}
      >
        <clipPath id={id}>
          <circle cx={dot} cy={dot} r={dot} />
        </clipPath>
        <clipPath id={`${id}own`}>
          <circle cx={OWN_DOT} cy={OWN_DOT} r={OWN_DOT} />
        </clipPath>
        {circles.map(({ ring, radius }) => (
          <circle key={radius} class={`peer-circle ${ring}`} cx={middle} cy={middle} r={radius} />
        ))}
        {isNamed &&
          places.map(({ neighbour, x, y }) => (
            <line key={neighbour.id} class={`peer-line ${neighbour.ring}`} x1={middle} y1={middle} x2={x} y2={y} />
          ))}
        {circles
          .filter(({ isFirst }) => isFirst)
          .map(({ ring, radius }) => (
            <text key={ring} class="peer-ring-name" x={middle} y={middle - radius + 4}>
              {map[ring]}
            </text>
          ))}
        <g transform={`translate(${middle - OWN_DOT} ${middle - OWN_DOT})`}>
          <g clip-path={`url(#${id}own)`}>
            <DrawnAvatar pubkey={owner} size={2 * OWN_DOT} />
          </g>
          <circle class="peer-edge own" cx={OWN_DOT} cy={OWN_DOT} r={OWN_DOT} />
        </g>
        {places.map(place => (
          <Dot
            key={place.neighbour.id}
            place={place}
            radius={dot}
            clip={id}
            isNamed={isNamed}
            isRoomy={isRoomy}
            owner={owner}
          />
        ))}
      </svg>
      <ul class="peer-legend small quiet" aria-hidden="true">
        {RINGS.map(ring => (
          <li key={ring}>
            <span class={`peer-key ${ring}`} /> {map[ring]}: {of(ring)}
          </li>
        ))}
      </ul>
    </div>
  )
}

interface DotProps {
  readonly place: Place
  readonly radius: number
  /** Cuts the picture round. */
  readonly clip: string
  readonly isNamed: boolean
  readonly isRoomy: boolean
  readonly owner: string
}

function Dot({ place: { neighbour, x, y }, radius, clip, isNamed, isRoomy, owner }: DotProps) {
  const { book } = useApp()
  const { rttMs, ring, proven } = neighbour
  const name = neighbourName(book, neighbour, owner)
  const { map } = nodeWords()
  const delay = rttMs === null ? '' : milliseconds(rttMs)
  return (
    <g transform={`translate(${x - radius} ${y - radius})`}>
      <title>{[name, map[ring], delay].filter(text => text !== '').join(', ')}</title>
      {neighbour.owner === undefined ? (
        <circle class="peer-nobody" cx={radius} cy={radius} r={radius} />
      ) : (
        <g clip-path={`url(#${clip})`}>
          <DrawnAvatar pubkey={neighbour.owner} size={2 * radius} />
        </g>
      )}
      <circle class={proven ? 'peer-edge proven' : 'peer-edge'} cx={radius} cy={radius} r={radius} />
      {isNamed && neighbour.owner !== undefined && (
        <text class="peer-name" x={radius} y={2 * radius + 11}>
          {shortened(name)}
        </text>
      )}
      {isRoomy && delay !== '' && (
        <text class="peer-delay" x={radius} y={2 * radius + 23}>
          {delay}
        </text>
      )}
    </g>
  )
}

function shortened(name: string): string {
  const letters = [...name]
  return letters.length <= MAX_NAME ? name : `${letters.slice(0, MAX_NAME - 1).join('')}…`
}
