/** What happens in a run of the fault test: a list of actions, made from a seed, told in words, and cut down to less. */
import { createRandom, type Random } from './random.ts'

/** What an owner does. `of` is the number of an earlier action; a deed whose action is not there is left out. */
export type Deed =
  /** A note is kept on the owner's own nodes. */
  | { readonly do: 'post' | 'profile' | 'follow' | 'note'; readonly node: number }
  | { readonly do: 'like' | 'reply' | 'delete'; readonly node: number; readonly of: number }

/** What goes wrong, and for how long; all of it is put right when the story is over. */
export type Fault =
  /** The process is killed (`kill`) or asked to stop (`stop`), and starts again. */
  | { readonly do: 'kill' | 'stop'; readonly node: number; readonly forMs: number }
  /** Killed, and the data directory is put back to what it was so long before. */
  | { readonly do: 'rollback'; readonly node: number; readonly lostMs: number; readonly forMs: number }
  /** The same, and meanwhile its clock was off by so much. */
  | {
      readonly do: 'jump'
      readonly node: number
      readonly lostMs: number
      readonly byMs: number
      readonly forMs: number
    }
  | { readonly do: 'pause' | 'fill'; readonly node: number; readonly forMs: number }
  | { readonly do: 'clock'; readonly node: number; readonly byMs: number; readonly forMs: number }
  /** These nodes and the others do not reach each other: connections are reset (`cut`), or nothing passes (`mute`). */
  | { readonly do: 'cut' | 'mute'; readonly nodes: readonly number[]; readonly forMs: number }
  | { readonly do: 'slow'; readonly nodes: readonly number[]; readonly forMs: number; readonly delayMs: number }

export type Action = { readonly number: number; readonly atMs: number } & (Deed | Fault)

export interface Story {
  readonly seed: number
  readonly nodes: number
  readonly lengthMs: number
  /** Events that these nodes may hold, those of their owners aside. */
  readonly caps: Readonly<Record<number, number>>
  readonly actions: readonly Action[]
}

export interface StoryOptions {
  readonly nodes: number
  readonly lengthMs: number
  /** Mean time between two deeds of one owner, and between two faults of all. */
  readonly deedMs: number
  readonly faultMs: number
  /** The longest that a fault lasts. */
  readonly longestMs: number
  readonly caps: Story['caps']
}

/** Of the owners. */
export const NAMES = ['ann', 'ben', 'cleo', 'dora', 'emil', 'fay', 'gus', 'hana', 'ian', 'jo', 'kim'] as const

/** Who has two nodes. */
export const TWICE = 0

/** The last node is a second one of Ann's. */
export function ownerOf(node: number, nodes: number): number {
  return node === nodes - 1 ? TWICE : node
}

export function nameOf(node: number, nodes: number): string {
  return ownerOf(node, nodes) === node ? (NAMES[node] ?? `node ${node}`) : `${NAMES[TWICE]}-2`
}

const HOUR_MS = 3_600_000
const LOST_MS = 1_000
const FOLLOWED = 3
/** How often each comes, as parts of all. */
const DEEDS = { post: 10, like: 5, reply: 4, delete: 4, profile: 2, note: 2 } as const
const FAULTS = {
  kill: 4,
  stop: 1,
  rollback: 3,
  jump: 2,
  pause: 3,
  fill: 1,
  clock: 2,
  cut: 3,
  mute: 3,
  slow: 2,
} as const

/** The story of this seed. */
export function tellStory(seed: number, options: StoryOptions): Story {
  const random = createRandom(seed)
  const actions: Action[] = []
  const add = (atMs: number, what: Deed | Fault): void => {
    actions.push({ number: actions.length, atMs: Math.round(atMs), ...what })
  }
  const all = Array.from({ length: options.nodes }, (_, node) => node)
  for (const node of all) add(0, { do: 'follow', node })
  const moments = [
    ...all.flatMap(node => momentsOf(random, options.deedMs, options.lengthMs).map(atMs => ({ atMs, node }))),
    ...momentsOf(random, options.faultMs, options.lengthMs).map(atMs => ({ atMs, node: undefined })),
  ].sort((a, b) => a.atMs - b.atMs)
  const sorts = Object.keys(FAULTS) as Fault['do'][]
  // Each sort once, in any order, and then as it comes.
  const first = random.some(sorts, sorts.length)
  for (const { atMs, node } of moments) {
    if (node !== undefined) add(atMs, deedOf(random, node, actions, options.nodes))
    else {
      const sort = first.shift()
      const fault = faultOf(random, sort ?? weighted(random, FAULTS), all, options.longestMs)
      // One of the two nodes of an owner is killed in every story.
      add(atMs, sort === 'kill' && fault.do === 'kill' ? { ...fault, node: TWICE } : fault)
    }
  }
  const { nodes, lengthMs, caps } = options
  return { seed, nodes, lengthMs, caps, actions }
}

function momentsOf(random: Random, meanMs: number, lengthMs: number): number[] {
  const moments: number[] = []
  for (let atMs = 0; ; ) {
    atMs += meanMs * (0.5 + random.next())
    if (atMs >= lengthMs) return moments
    moments.push(atMs)
  }
}

function deedOf(random: Random, node: number, before: readonly Action[], nodes: number): Deed {
  const what = weighted(random, DEEDS)
  if (what === 'post' || what === 'profile' || what === 'note') return { do: what, node }
  const isTarget = (action: Action): boolean => {
    if (!('node' in action)) return false
    const isOwn = ownerOf(action.node, nodes) === ownerOf(node, nodes)
    if (what !== 'delete') return action.do === 'post' && !isOwn
    return isOwn && ['post', 'like', 'reply', 'note'].includes(action.do)
  }
  // What is recent is talked about.
  const targets = before.filter(isTarget).slice(-20)
  return targets.length === 0 ? { do: 'post', node } : { do: what, node, of: random.pick(targets).number }
}

function faultOf(random: Random, what: Fault['do'], all: readonly number[], longestMs: number): Fault {
  const node = random.pick(all)
  const forMs = random.between(Math.round(longestMs / 8), longestMs)
  switch (what) {
    case 'rollback':
      return { do: what, node, lostMs: LOST_MS, forMs }
    case 'jump':
      return { do: what, node, lostMs: LOST_MS, byMs: random.pick([-HOUR_MS, HOUR_MS]), forMs }
    case 'clock':
      return { do: what, node, byMs: random.pick([-HOUR_MS, HOUR_MS]), forMs }
    case 'cut':
    case 'mute':
    case 'slow': {
      const nodes = random.some(all, random.between(1, Math.floor(all.length / 2))).sort((a, b) => a - b)
      return what === 'slow' ? { do: what, nodes, forMs, delayMs: random.between(50, 400) } : { do: what, nodes, forMs }
    }
    default:
      return { do: what, node, forMs }
  }
}

function weighted<Name extends string>(random: Random, weights: Readonly<Record<Name, number>>): Name {
  const entries = Object.entries(weights) as [Name, number][]
  let left = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [name, weight] of entries) {
    left -= weight
    if (left < 0) return name
  }
  return entries[0]![0]
}

/** Whom the owner follows from the beginning on: the next ones. */
export function followedBy(node: number, nodes: number): number[] {
  return Array.from({ length: Math.min(FOLLOWED, nodes - 1) }, (_, i) => (node + 1 + i) % nodes)
}

/** A line for each action, for people. */
export function linesOf({ actions, nodes }: Pick<Story, 'actions' | 'nodes'>): string[] {
  return actions.map(
    action =>
      `${(action.atMs / 1000).toFixed(1).padStart(6)} s  #${action.number} ${wordsOf(action, node => nameOf(node, nodes))}`,
  )
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function wordsOf(action: Action, who: (node: number) => string): string {
  switch (action.do) {
    case 'post':
      return `${who(action.node)} posts`
    case 'profile':
      return `${who(action.node)} changes the profile`
    case 'note':
      return `${who(action.node)} writes a note`
    case 'follow':
      return `${who(action.node)} follows others`
    case 'like':
      return `${who(action.node)} likes #${action.of}`
    case 'reply':
      return `${who(action.node)} replies to #${action.of}`
    case 'delete':
      return `${who(action.node)} deletes #${action.of}`
    case 'kill':
      return `the node of ${who(action.node)} is killed, for ${seconds(action.forMs)}`
    case 'stop':
      return `the node of ${who(action.node)} is stopped, for ${seconds(action.forMs)}`
    case 'rollback':
      return `the node of ${who(action.node)} is killed ${seconds(action.lostMs)} later, loses what it wrote meanwhile, and is down for ${seconds(action.forMs)}`
    case 'jump':
      return `the node of ${who(action.node)} is killed ${seconds(action.lostMs)} later, loses what it wrote meanwhile with a clock an hour ${action.byMs > 0 ? 'ahead' : 'behind'}, and is down for ${seconds(action.forMs)}`
    case 'pause':
      return `the node of ${who(action.node)} is frozen for ${seconds(action.forMs)}`
    case 'fill':
      return `the disk of ${who(action.node)} is full for ${seconds(action.forMs)}`
    case 'clock':
      return `the clock of ${who(action.node)} is ${action.byMs > 0 ? 'an hour ahead' : 'an hour behind'} for ${seconds(action.forMs)}`
    case 'cut':
      return `${action.nodes.map(who).join(', ')} cut off from the others for ${seconds(action.forMs)}`
    case 'mute':
      return `nothing passes between ${action.nodes.map(who).join(', ')} and the others for ${seconds(action.forMs)}`
    case 'slow':
      return `${action.delayMs} ms more between ${action.nodes.map(who).join(', ')} and the others for ${seconds(action.forMs)}`
  }
}
