/** How the owner of a connected node is called. */
import type { Book } from '../../state/book.ts'
import type { Neighbour } from '../../state/peer-map.ts'
import { profileOf } from '../../state/profile.ts'
import { nodeWords } from '../../words/node-words.ts'
import { displayName } from '../person-name.tsx'

/** @param owner of this node */
export function neighbourName(book: Book, neighbour: Pick<Neighbour, 'owner'>, owner: string): string {
  const { map } = nodeWords()
  if (neighbour.owner === undefined) return map.ownerless
  return neighbour.owner === owner ? map.own : displayName(profileOf(book, neighbour.owner))
}
