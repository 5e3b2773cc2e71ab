/** What a post answers (NIP-10), and a comment (NIP-22). */
import { type NostrEvent, tagValue, tagValues } from './event.ts'
import { isHex32 } from './hex.ts'
import { KIND } from './kinds.ts'

export interface Answers {
  /** The first post of the conversation. */
  readonly root: string
  /** What is answered. */
  readonly parent: string
  /** Its author, where the answer says so. */
  readonly author?: string
}

/** NIP-22. */
export const COMMENT = 1111

type Pointers = readonly (readonly string[])[]

/** Undefined for what answers no event: by the marks of its `e` tags, or by their order as it was done before. */
export function answersOf(event: Pick<NostrEvent, 'kind' | 'tags'>): Answers | undefined {
  const pointers = event.tags.filter(([name, id]) => name === 'e' && isHex32(id))
  if (event.kind === COMMENT) return commented(event, pointers)
  if (event.kind !== KIND.post) return undefined
  const root = pointers.find(([, , , mark]) => mark === 'root')
  const reply = pointers.findLast(([, , , mark]) => mark === 'reply')
  if (root === undefined && reply === undefined) return inOrder(event, pointers)
  return answers(event, (root ?? reply)!, (reply ?? root)!)
}

/** The first is the root, the last what is answered; not what is only quoted, nor what has a mark of another meaning. */
function inOrder(event: Pick<NostrEvent, 'tags'>, pointers: Pointers): Answers | undefined {
  const quoted = tagValues(event, 'q')
  const meant = pointers.filter(([, id, , mark = '']) => (mark === '' || isHex32(mark)) && !quoted.includes(id!))
  const last = meant.at(-1)
  return last && answers(event, meant[0]!, last)
}

/** A comment names what it is a comment on in capital letters, where that is an event, and its author in fourth place. */
function commented(event: Pick<NostrEvent, 'tags'>, pointers: Pointers): Answers | undefined {
  const parent = pointers.at(-1)
  const root = tagValue(event, 'E')
  return parent && answers(event, isHex32(root) ? ['E', root] : parent, parent, parent[3])
}

function answers(event: Pick<NostrEvent, 'tags'>, root: Pointers[0], parent: Pointers[0], by = parent[4]): Answers {
  const author = isHex32(by) ? by : tagValue(event, 'p')
  return { root: root[1]!, parent: parent[1]!, ...(isHex32(author) && { author }) }
}
