/** What two people do all day: posts, likes, replies, and questions for what is kept at home, in both directions. */
import { expect } from 'vitest'
import type { EventTemplate, NostrEvent } from '../../../src/event/event.ts'
import { npubOf } from '../../../src/event/keys.ts'
import { draft } from '../../support/drafts.ts'
import { PATIENCE_MS, until } from '../../support/until.ts'
import type { LabNode } from './lab-node.ts'

let said = 0

/** How long greetings are waited for before the next ones: the first may be sent before the network is whole. */
const GREETINGS_MS = 2_000
const GATHER_MS = 40_000

/** Until each of these hears what the others post. */
export async function gather(...nodes: readonly LabNode[]): Promise<void> {
  const greetings = new Map<LabNode, Set<string>>(nodes.map(node => [node, new Set()]))
  const deaf = async () => {
    const pairs = nodes.map(async node => {
      const heard = new Set((await node.client.pull()).map(({ id }) => id))
      return nodes.filter(one => heard.isDisjointFrom(greetings.get(one)!)).map(one => `${node.name} of ${one.name}`)
    })
    return (await Promise.all(pairs)).flat()
  }
  await until(
    `that all of ${nodes.map(({ name }) => name).join(', ')} hear each other`,
    async () => {
      for (const node of nodes) {
        greetings.get(node)!.add((await node.client.publish(draft.post(`greeting ${++said}`))).id)
      }
      let missing: readonly string[] = []
      const isWhole = async () => {
        missing = await deaf()
        return missing.length === 0
      }
      await until('the greetings', isWhole, GREETINGS_MS).catch(() => Promise.reject(new Error(missing.join(', '))))
      return true
    },
    GATHER_MS,
  )
}

/**
 * Every kind in both directions between these two; the posts reach the others as well.
 * @param padding makes every text longer
 */
export async function talk(one: LabNode, two: LabNode, others: readonly LabNode[] = [], padding = ''): Promise<void> {
  await Promise.all([speak(one, two, others, padding), speak(two, one, others, padding)])
}

async function speak(author: LabNode, reader: LabNode, others: readonly LabNode[], padding: string): Promise<void> {
  const number = ++said
  const post = await author.client.publish(draft.post(`post ${number} of ${author.name}${padding}`))
  const kept = await author.client.publish({ ...draft.post(`for who asks, ${number}${padding}`), tags: [['-']] })
  await Promise.all([reader, ...others].map(node => gets(node, post, `the post of ${author.name}`)))
  const reply = draft.reply(post, [author.client.keys.pubkey], `reply ${number}${padding}`)
  await Promise.all([
    tell(reader, author, draft.like(post), 'the like'),
    tell(reader, author, reply, 'the reply'),
    fetches(reader, author, kept),
  ])
}

/** A unicast arrives, and its sender knows. */
export async function tell(
  from: LabNode,
  to: LabNode,
  what: Partial<EventTemplate>,
  called = 'it',
): Promise<NostrEvent> {
  const event = await from.client.publish(what)
  await gets(to, event, `${called} of ${from.name}`)
  await until(`that ${from.name} knows that ${called} is delivered`, async () => {
    const { deliveries } = (await from.status()).outbox
    return (
      deliveries.find(({ event: id, to: npub }) => id === event.id && npub === npubOf(to.client.keys.pubkey))?.state ===
      'delivered'
    )
  })
  return event
}

/** What only the author's own node hands out. */
async function fetches(reader: LabNode, author: LabNode, event: NostrEvent): Promise<void> {
  const question = { kinds: [event.kind], ids: [event.id], authors: [event.pubkey] }
  const [found] = await until(`that ${reader.name} is given what ${author.name}'s node keeps`, async () => {
    const answer = await reader.client.ask(question)
    return answer.length > 0 && answer
  })
  expect(found).toEqual(event)
}

export async function gets(node: LabNode, event: NostrEvent, called: string, patienceMs = PATIENCE_MS): Promise<void> {
  try {
    expect(await node.client.gets(event, patienceMs)).toEqual(event)
  } catch (error) {
    throw new Error(`${node.name} does not get ${called}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** How `one` is connected to `two`: the transports of `/status`. */
export async function transportsBetween(one: LabNode, two: LabNode): Promise<readonly string[]> {
  const id = two.peerId()
  return (await one.status()).peers.filter(peer => peer.id === id).map(({ transport }) => transport)
}

/** They reach each other without anybody between them. */
export async function areDirect(one: LabNode, two: LabNode, patienceMs = PATIENCE_MS): Promise<void> {
  const look = () => bothWays(one, two, found => found.length > 0 && !found.includes('circuit'))
  await until(`a direct connection between ${one.name} and ${two.name}`, look, patienceMs)
}

/** They are connected through a third node. */
export async function areRelayed(one: LabNode, two: LabNode): Promise<void> {
  const look = () => bothWays(one, two, found => found.includes('circuit'))
  await until(`a relayed connection between ${one.name} and ${two.name}`, look)
}

async function bothWays(
  one: LabNode,
  two: LabNode,
  test: (transports: readonly string[]) => boolean,
): Promise<boolean> {
  return test(await transportsBetween(one, two)) && test(await transportsBetween(two, one))
}

export async function isConnected(one: LabNode, two: LabNode): Promise<boolean> {
  return (await transportsBetween(one, two)).length > 0
}
