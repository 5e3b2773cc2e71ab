/** `bind`: the owner signs for a node, or takes that back, in a process of its own. The key goes nowhere. */
import { bindingTemplate, withdrawalTemplate } from '../event/binding.ts'
import type { EventTemplate } from '../event/event.ts'
import { keyPairFrom, npubOf } from '../event/keys.ts'
import { MAX_FUTURE_SECONDS } from '../event/limits.ts'
import { signEvent } from '../event/sign.ts'
import { MAX_BINDING_DAYS } from '../flow/binding-state.ts'
import { nowSeconds, systemClock } from '../observe/clock.ts'
import { isNoKey, readSecretKey } from './bind-key.ts'
import { askBinding, type NodeBinding, post } from './bind-node.ts'
import { defaultDataDir } from './data-dir.ts'
import { clientUrl, type Failed, isFailed, type NodeAccess } from './node-call.ts'
import { isOn, type Settings, textOf } from './parse.ts'
import { pathOf } from './server-config.ts'
import { EXIT, isMisuse, type Misuse, misuse, type Surroundings } from './surroundings.ts'

const DEFAULT_DAYS = 180
const DAY_SECONDS = 24 * 3600

/** What the command line asks for. */
interface Wish {
  readonly url: string
  readonly days: number
  readonly withdraw: boolean
  /** Another node than the one that is asked. */
  readonly otherNode: string | undefined
}

/** What was done, as `--json` prints it. */
interface Outcome {
  readonly result: 'bound' | 'withdrawn'
  /** npub. */
  readonly owner: string
  /** Node peer ID. */
  readonly node: string
  /** ISO date; null for a withdrawal. */
  readonly expires: string | null
  /** Id of what was signed. */
  readonly event: string
}

export async function bind(settings: Settings, surroundings: Surroundings): Promise<number | Misuse> {
  const wish = readWish(settings)
  if (isMisuse(wish)) return wish
  const secretKey = await readSecretKey(textOf(settings, 'key-file'), surroundings)
  if (isNoKey(secretKey)) return fail(surroundings, secretKey.noKey)
  try {
    const outcome = await signFor(wish, secretKey, accessOf(wish, secretKey, settings, surroundings))
    if (isFailed(outcome)) return fail(surroundings, outcome.failed)
    surroundings.out.write(`${isOn(settings.get('json')) ? JSON.stringify(outcome) : sentence(outcome)}\n`)
    return EXIT.ok
  } finally {
    secretKey.fill(0)
  }
}

function fail({ err }: Surroundings, sentence: string): number {
  err.write(`${sentence}\n`)
  return EXIT.failed
}

function readWish(settings: Settings): Wish | Misuse {
  const withdraw = isOn(settings.get('withdraw'))
  const otherNode = textOf(settings, 'node')
  const days = Number(textOf(settings, 'days') ?? DEFAULT_DAYS)
  if (!Number.isInteger(days) || days < 1 || days > MAX_BINDING_DAYS) {
    return misuse(`--days is a whole number from 1 to ${MAX_BINDING_DAYS}.`)
  }
  if (withdraw && settings.has('days'))
    return misuse('--withdraw ends a binding at once, so --days means nothing with it.')
  if (otherNode !== undefined && !withdraw) {
    return misuse('--node goes with --withdraw only: to bind a node, give its own client address with --url.')
  }
  if (otherNode !== undefined && !/^[1-9A-HJ-NP-Za-km-z]{40,64}$/.test(otherNode)) {
    return misuse('--node is the ID of a node, such as 12D3KooW…, as the node prints it at its start.')
  }
  const url = clientUrl(textOf(settings, 'url'))
  return isMisuse(url) ? url : { url, days, withdraw, otherNode }
}

function accessOf(wish: Wish, secretKey: Uint8Array, settings: Settings, surroundings: Surroundings): NodeAccess {
  const given = textOf(settings, 'data-dir')
  const dataDir =
    given === undefined ? defaultDataDir(keyPairFrom(secretKey).pubkey, surroundings) : pathOf(given, surroundings)
  return { url: wish.url, dataDir, signal: surroundings.signal }
}

async function signFor(wish: Wish, secretKey: Uint8Array, access: NodeAccess): Promise<Outcome | Failed> {
  const { pubkey } = keyPairFrom(secretKey)
  const asked = await askBinding(access)
  if (isFailed(asked)) return asked
  const hindrance = hindranceTo(wish, pubkey, asked)
  if (hindrance !== undefined) return { failed: hindrance }
  const node = wish.otherNode ?? asked.node
  // The event is made here: nothing is signed only because a node says so.
  const event = signEvent(templateOf(wish, pubkey, node, asked.date), secretKey)
  const refusal = await post(access, event)
  if (refusal !== undefined) return { failed: `The node did not take it: ${refusal.failed}` }
  const expires = wish.withdraw ? null : new Date((asked.date + wish.days * DAY_SECONDS) * 1000).toISOString()
  return { result: wish.withdraw ? 'withdrawn' : 'bound', owner: npubOf(pubkey), node, expires, event: event.id }
}

function templateOf({ withdraw, days }: Wish, pubkey: string, node: string, date: number): EventTemplate {
  return withdraw ? withdrawalTemplate(pubkey, node, date) : bindingTemplate(node, date, days * DAY_SECONDS)
}

/** What speaks against signing, before anything is signed. */
function hindranceTo({ withdraw, url, otherNode }: Wish, pubkey: string, asked: NodeBinding): string | undefined {
  if (asked.owner === undefined) {
    if (withdraw) return 'This node has no owner, so there is nothing to withdraw.'
    if (!new URL(url).pathname.startsWith('/k/')) {
      return 'This node has no owner yet. To make it yours, give the claim address that it printed at its start with --url.'
    }
  } else if (asked.owner !== pubkey) {
    return `This node belongs to ${npubOf(asked.owner)}, and the key that you gave is that of ${npubOf(pubkey)}. Nothing was signed.`
  }
  if (withdraw && otherNode === undefined && (asked.state === 'none' || asked.state === 'withdrawn')) {
    return 'No binding of this node counts, so there is nothing to withdraw.'
  }
  if (Math.abs(asked.date - nowSeconds(systemClock)) > MAX_FUTURE_SECONDS) {
    return `The clocks of the node and of this machine differ by more than ${MAX_FUTURE_SECONDS / 60} minutes. Set the wrong one; nothing was signed.`
  }
  return undefined
}

function sentence({ result, owner, node, expires }: Outcome): string {
  if (result === 'withdrawn') {
    return `Withdrawn: ${node} gets nothing that is addressed to ${owner} any more. The network is told now.`
  }
  return `Bound: ${node} is the node of ${owner} until ${expires?.slice(0, 10)}. The network is told now; before it ends the node asks for the next signature.`
}
