/** What two people do all day: posts, likes, replies, and questions for what is kept at home, in both directions. */
import { expect } from 'vitest'
import type { EventTemplate, NostrEvent } from '../../../src/event/event.ts'
import { npubOf } from '../../../src/event/keys.ts'
import { draft } from '../../support/drafts.ts'
import { PATIENCE_MS, until } from '../../support/until.ts'
import type { LabNode } from './lab-node.ts'

let said = 0

/** Every direction of every kind between these two; the posts reach these others as well. */
export async function talk(one: LabNode, two: LabNode, others: readonly LabNode[] = []): Promise<void> {
  await Promise.all([speak(one, two, others), speak(two, one, others)])
}

async function speak(author: LabNode, reader: LabNode, others: readonly LabNode[]): Promise<void> {
  const number = ++said
  const post = await author.client.publish(draft.post(`post ${number} of ${author.name}`))
  const kept = await author.client.publish({ ...draft.post(`only for who asks ${number}`), tags: [['-']] })
  await Promise.all([reader, ...others].map(node => gets(node, post, `the post of ${author.name}`)))
  await Promise.all([
    tell(reader, author, draft.like(post), 'the like'),
    tell(reader, author, draft.reply(post, [author.client.keys.pubkey], `reply ${number}`), 'the reply'),
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
  const id = await two.peerId()
  return (await one.status()).peers.filter(peer => peer.id === id).map(({ transport }) => transport)
}

/** They reach each other without anybody between them. */
export async function areDirect(one: LabNode, two: LabNode, patienceMs = PATIENCE_MS): Promise<void> {
  await until(
    `a direct connection between ${one.name} and ${two.name}`,
    async () => {
      const found = await transportsBetween(one, two)
      return found.length > 0 && !found.includes('relay')
    },
    patienceMs,
  )
}
