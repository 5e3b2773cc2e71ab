/** The connected nodes as a list: who, how, how quick, since when. */
import { useState } from 'preact/hooks'
import type { Book } from '../../state/book.ts'
import { type Neighbour, RINGS } from '../../state/peer-map.ts'
import { plainLine, profileOf } from '../../state/profile.ts'
import { milliseconds, nodeWords } from '../../words/node-words.ts'
import { count, fullTime, timeAgo } from '../../words/words.ts'
import { Avatar } from '../avatar.tsx'
import { useApp } from '../context.ts'
import { PersonName } from '../person-name.tsx'
import { neighbourName } from './node-names.ts'

/** More are shown when they are asked for. */
const FIRST = 8

export function PeerList({ neighbours, owner }: { neighbours: readonly Neighbour[]; owner: string }) {
  const { book, now } = useApp()
  const [isWhole, setWhole] = useState(false)
  void book.version.value
  const sorted = neighbours.toSorted((a, b) => RINGS.indexOf(a.ring) - RINGS.indexOf(b.ring) || a.sinceMs - b.sinceMs)
  const { map } = nodeWords()
  const isLong = sorted.length > FIRST
  return (
    <>
      <ul class="peer-list" aria-label={map.list}>
        {(isWhole ? sorted : sorted.slice(0, FIRST)).map(neighbour => (
          <li key={neighbour.id} class="peer">
            <span class="peer-picture">
              {neighbour.owner !== undefined && <Avatar profile={profileOf(book, neighbour.owner)} size={32} />}
            </span>
            <span class="peer-words">
              <PeerName neighbour={neighbour} owner={owner} />
              <span class="meta" title={`${fullTime(neighbour.sinceMs / 1000)} ${plainLine(neighbour.agent) ?? ''}`}>
                {[
                  wayWords(book, neighbour, neighbours, owner),
                  ...(neighbour.rttMs === null ? [] : [map.delay(milliseconds(neighbour.rttMs))]),
                  map.since(timeAgo(neighbour.sinceMs / 1000, now.value)),
                ].join(' · ')}
              </span>
              {neighbour.doubt !== '' && <span class="meta trouble">{neighbour.doubt}</span>}
            </span>
          </li>
        ))}
      </ul>
      {isLong && (
        <button class="button" type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? map.fewer : map.all(count(sorted.length))}
        </button>
      )}
    </>
  )
}

function PeerName({ neighbour, owner }: { neighbour: Neighbour; owner: string }) {
  const { book } = useApp()
  const { map } = nodeWords()
  if (neighbour.owner === undefined) return <span>{map.ownerless}</span>
  return (
    <span class="peer-who">
      {neighbour.owner === owner ? (
        <span class="name">{map.own}</span>
      ) : (
        <PersonName profile={profileOf(book, neighbour.owner)} />
      )}
      <span class="meta">{neighbour.proven ? map.proven : map.unproven}</span>
    </span>
  )
}

function wayWords(book: Book, neighbour: Neighbour, all: readonly Neighbour[], owner: string): string {
  const { map } = nodeWords()
  switch (neighbour.ring) {
    case 'near':
      return neighbour.isHere ? map.here : map.lan
    case 'direct':
      return map.overInternet
    case 'helper': {
      const helper = all.find(({ id }) => id === neighbour.through)
      return helper?.owner === undefined ? map.overHelper : map.through(neighbourName(book, helper, owner))
    }
  }
}
