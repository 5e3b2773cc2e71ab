/** What happens in a run of the fault test: a list of actions, made from a seed, told in words, and cut down to less. */
import { createRandom, type Random } from './random.ts'

/** What an owner does. `of` is the number of an earlier action; a deed whose action is not there is left out. */
export type Deed =
  | { readonly do: 'post' | 'profile' | 'follow'; readonly node: number }
  | { readonly do: 'like' | 'reply' | 'delete'; readonly node: number; readonly of: number }

/** What goes wrong, and for how long; all of it is put right when the story is over. */
export type Fault =
  /** The process is killed (`kill`) or asked to stop (`stop`), and starts again. */
  | { readonly do: 'kill' | 'stop'; readonly node: number; readonly forMs: number }
  /** Killed, and the data directory is put back to what it was so long before. */
  | { readonly do: 'rollback'; readonly node: number; readonly lostMs: number; readonly forMs: number }
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
}

export const NAMES = ['ann', 'ben', 'cleo', 'dora', 'emil', 'fay', 'gus', 'hana', 'ian', 'jo', 'kim', 'leo'] as const

const HOUR_MS = 3_600_000
const LOST_MS = 1_000
const FOLLOWED = 3
/** How often each comes, as parts of all. */
const DEEDS = { post: 10, like: 5, reply: 4, delete: 4, profile: 2 } as const
const FAULTS = { kill: 4, stop: 1, rollback: 3, pause: 3, fill: 1, clock: 2, cut: 3, mute: 3, slow: 2 } as const

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
    if (node === undefined)
      add(atMs, faultOf(random, first.shift() ?? weighted(random, FAULTS), all, options.longestMs))
    else add(atMs, deedOf(random, node, actions))
  }
  return { seed, nodes: options.nodes, lengthMs: options.lengthMs, actions }
}

function momentsOf(random: Random, meanMs: number, lengthMs: number): number[] {
  const moments: number[] = []
  for (let atMs = 0; ; ) {
    atMs += meanMs * (0.5 + random.next())
    if (atMs >= lengthMs) return moments
    moments.push(atMs)
  }
}

function deedOf(random: Random, node: number, before: readonly Action[]): Deed {
  const what = weighted(random, DEEDS)
  if (what === 'post' || what === 'profile') return { do: what, node }
  const isTarget = (action: Action): boolean => {
    if (!('node' in action)) return false
    if (what !== 'delete') return action.do === 'post' && action.node !== node
    return action.node === node && ['post', 'like', 'reply'].includes(action.do)
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
export function linesOf({ actions }: Pick<Story, 'actions'>): string[] {
  return actions.map(action => `${(action.atMs / 1000).toFixed(1).padStart(6)} s  #${action.number} ${wordsOf(action)}`)
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const nameOf = (node: number): string => NAMES[node] ?? `node ${node}`

function wordsOf(action: Action): string {
  switch (action.do) {
    case 'post':
      return `${nameOf(action.node)} posts`
    case 'profile':
      return `${nameOf(action.node)} changes the profile`
    case 'follow':
      return `${nameOf(action.node)} follows others`
    case 'like':
      return `${nameOf(action.node)} likes #${action.of}`
    case 'reply':
      return `${nameOf(action.node)} replies to #${action.of}`
    case 'delete':
      return `${nameOf(action.node)} deletes #${action.of}`
    case 'kill':
      return `the node of ${nameOf(action.node)} is killed, for ${seconds(action.forMs)}`
    case 'stop':
      return `the node of ${nameOf(action.node)} is stopped, for ${seconds(action.forMs)}`
    case 'rollback':
      return `the node of ${nameOf(action.node)} is killed ${seconds(action.lostMs)} later, loses what it wrote meanwhile, and is down for ${seconds(action.forMs)}`
    case 'pause':
      return `the node of ${nameOf(action.node)} is frozen for ${seconds(action.forMs)}`
    case 'fill':
      return `the disk of ${nameOf(action.node)} is full for ${seconds(action.forMs)}`
    case 'clock':
      return `the clock of ${nameOf(action.node)} is ${action.byMs > 0 ? 'an hour ahead' : 'an hour behind'} for ${seconds(action.forMs)}`
    case 'cut':
      return `${action.nodes.map(nameOf).join(', ')} cut off from the others for ${seconds(action.forMs)}`
    case 'mute':
      return `nothing passes between ${action.nodes.map(nameOf).join(', ')} and the others for ${seconds(action.forMs)}`
    case 'slow':
      return `${action.delayMs} ms more between ${action.nodes.map(nameOf).join(', ')} and the others for ${seconds(action.forMs)}`
  }
}
