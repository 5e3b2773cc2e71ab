/** What happens in the demo, scene by scene. */
import type { NostrEvent } from '../event/event.ts'
import { createAudience } from './demo-audience.ts'
import { draft } from './demo-client.ts'
import { delivered, type Person, received, type Stage } from './demo-stage.ts'
import type { Teller } from './demo-teller.ts'

/** Announcements are dated by the second: a return must be dated later than the last one. */
const AWAY_MS = 1_100

export const NAMES = ['alice', 'bob', 'carol', 'dave', 'eve'] as const

/** Plays the story to its end; throws when something does not arrive. */
export async function playStory(stage: Stage, teller: Teller): Promise<void> {
  const [alice, bob, carol, dave, eve] = stage.people as [Person, Person, Person, Person, Person]
  const audience = createAudience(stage, teller)

  await teller.scene('Five people start a node each. Nobody runs a server.')
  await arrive(stage, teller, [[alice], [bob, alice], [carol, alice], [dave, bob], [eve, alice]])

  await teller.scene('They say who they are. Profiles go to everybody.')
  for (const person of stage.people) {
    await toEverybody(person, draft.profile(person.name, `${person.name} of the demo`), `profile "${person.name}"`)
  }

  await teller.scene('They follow each other. Follow lists stay at home and are handed out when somebody asks.')
  await atHome(bob, [alice, carol])
  await atHome(eve, [alice, bob])

  await teller.scene('Posts go to everybody.')
  const morning = 'First morning with a node of my own.'
  const post = await toEverybody(alice, draft.post(morning), `post "${morning}"`)
  await toEverybody(dave, draft.repost(post), "repost of alice's post")

  await teller.scene('Likes and replies go only to the people they are for.')
  await toOne(bob, alice, draft.like(post), "like of alice's post")
  await toOne(carol, alice, draft.reply(post, 'Good morning! Coffee at ten?'), 'reply "Good morning! Coffee at ten?"')

  await teller.scene("Eve posts, and then her node goes away. What is for her waits at the sender's node.")
  const farewell = 'Off to the mountains, back tonight.'
  const evePost = await toEverybody(eve, draft.post(farewell), `post "${farewell}"`)
  await audience.pulls([eve])
  await stage.leave(eve)
  await teller.line('eve', '·', '', 'her node is off')
  const waiting = await toAbsent(bob, eve, draft.like(evePost), "like of eve's post")
  await teller.rest(AWAY_MS)
  await stage.start(eve, alice)
  await teller.line('eve', '→', 'alice', 'her node is back and joins again through alice')
  await arrives(waiting, bob, eve)

  await teller.scene('Now each client asks its own node what is new.')
  await audience.pulls(stage.people)
  await audience.whoSeesWhat()
  audience.clientUrls()

  /** Publishes and waits until every other node has it. */
  async function toEverybody(from: Person, content: Draft, what: string): Promise<NostrEvent> {
    const sentMs = performance.now()
    const event = await from.client.publish(content)
    await teller.line(from.name, '→', 'everybody', what)
    const others = stage.people.filter(person => person !== from)
    const times = await Promise.all(
      others.map(async to => {
        const atMs = await stage.until(
          to,
          `the arrival of ${from.name}'s ${what} at ${to.name}'s node`,
          received(event),
        )
        return { name: to.name, ms: Math.max(1, Math.round(atMs - sentMs)) }
      }),
    )
    times.sort((a, b) => a.ms - b.ms)
    await teller.line('', '←', '', `arrived: ${times.map(({ name, ms }) => `${name} ${ms} ms`).join(', ')}`)
    audience.expect(event, what, from, stage.people)
    return event
  }

  /** Publishes to one person and waits for the acknowledgement. */
  async function toOne(from: Person, to: Person, content: Draft, what: string): Promise<void> {
    const sentMs = performance.now()
    const event = await from.client.publish(content)
    await teller.line(from.name, '→', to.name, what)
    await stage.until(to, `the arrival of ${from.name}'s ${what}`, received(event))
    const atMs = await stage.until(from, `the acknowledgement of ${from.name}'s ${what}`, delivered(event, to))
    const ms = Math.max(1, Math.round(atMs - sentMs))
    await teller.line(to.name, '←', from.name, `arrived and acknowledged after ${ms} ms; nobody else got it`)
    audience.expect(event, what, from, [from, to])
  }

  /** Publishes to somebody whose node is away. */
  async function toAbsent(from: Person, to: Person, content: Draft, what: string): Promise<NostrEvent> {
    const event = await from.client.publish(content)
    await teller.line(from.name, '→', to.name, what)
    const isWaiting = `the note that ${from.name}'s ${what} waits`
    await stage.until(from, isWaiting, activity => activity.what === 'waiting' && activity.event.id === event.id)
    await teller.line(from.name, '·', '', `${to.name}'s node is away: 1 like waits until it returns`)
    audience.expect(event, what, from, [from, to])
    return event
  }

  async function arrives(event: NostrEvent, from: Person, to: Person): Promise<void> {
    await stage.until(to, `the arrival of what waited for ${to.name}`, received(event))
    await stage.until(from, `the acknowledgement by ${to.name}'s node`, delivered(event, to))
    await teller.line(to.name, '←', from.name, 'the like that waited arrived at once')
  }

  async function atHome(person: Person, followed: readonly Person[]): Promise<void> {
    await person.client.publish(draft.follows(followed.map(({ pubkey }) => pubkey)))
    await teller.line(person.name, '·', 'own node', `follow list: ${followed.map(({ name }) => name).join(', ')}`)
  }
}

type Draft = Parameters<Person['client']['publish']>[0]

/** Each starts a node, all but the first through somebody else's. */
async function arrive(stage: Stage, teller: Teller, order: readonly (readonly [Person, Person?])[]): Promise<void> {
  for (const [person, bootstrap] of order) {
    await stage.start(person, bootstrap)
    if (bootstrap === undefined) {
      await teller.line(person.name, '·', '', `starts a node: ${shortId(person.node().peerId)}`)
      continue
    }
    await stage.until(
      person,
      `${person.name}'s connection to ${bootstrap.name}`,
      ({ what }) => what === 'peer-connected',
    )
    const what = `starts a node, ${shortId(person.node().peerId)}, and joins through ${bootstrap.name}'s`
    await teller.line(person.name, '→', bootstrap.name, what)
  }
}

function shortId(peerId: string): string {
  return `${peerId.slice(0, 10)}…${peerId.slice(-5)}`
}
