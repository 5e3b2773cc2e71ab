/** Who got what in the demo: what the clients pull, compared with who was meant to see it. */
import type { NostrEvent } from '../event/event.ts'
import { KIND } from '../event/kinds.ts'
import { wordFor } from '../words/activity-lines.ts'
import { count } from '../words/plain-text.ts'
import type { Person, Stage } from './demo-stage.ts'
import type { Teller } from './demo-teller.ts'

export interface Audience {
  /** Notes an event and the people who may see it, the author among them. */
  expect(event: NostrEvent, what: string, from: Person, may: readonly Person[]): void
  /** Lets each client pull and tells what was new. */
  pulls(people: readonly Person[]): Promise<void>
  /** The table at the end; throws when somebody saw too much or too little. */
  whoSeesWhat(): Promise<void>
  clientUrls(): void
}

interface Expected {
  readonly event: NostrEvent
  readonly title: string
  readonly from: Person
  readonly may: ReadonlySet<Person>
}

export function createAudience(stage: Stage, teller: Teller): Audience {
  const expected: Expected[] = []
  const seen = new Map<Person, Set<string>>(stage.people.map(person => [person, new Set()]))
  const nameOf = (pubkey: string) => stage.people.find(person => person.pubkey === pubkey)?.name ?? 'a stranger'
  return {
    expect(event, what, from, may) {
      expected.push({ event, title: `${from.name}: ${what.replace(/ ".*/, '')}`, from, may: new Set(may) })
    },
    async pulls(people) {
      for (const person of people) {
        const events = await person.client.pull()
        for (const event of events) seen.get(person)!.add(event.id)
        await teller.line(person.name, '←', 'own node', `pull: ${contents(events, person, nameOf)}`)
      }
    },
    async whoSeesWhat() {
      await teller.scene('Who has what in the end')
      const rows = expected.filter(({ event }) => event.kind !== KIND.profile)
      const cell = ({ event, from, may }: Expected, person: Person) => {
        const has = seen.get(person)!.has(event.id)
        if (has !== may.has(person)) {
          throw new Error(`${person.name} ${has ? 'can see' : 'lacks'} ${wordFor(event)} of ${from.name}`)
        }
        return person === from ? 'wrote it' : has ? 'has it' : '-'
      }
      const table = [
        ['', ...stage.people.map(({ name }) => name)],
        ...rows.map(row => [row.title, ...stage.people.map(person => cell(row, person))]),
      ]
      const titleWidth = Math.max(...table.map(([title]) => title!.length)) + 2
      for (const [title, ...cells] of table) {
        teller.text(
          `  ${title!.padEnd(titleWidth)}${cells
            .map(text => text.padEnd(10))
            .join('')
            .trimEnd()}\n`,
        )
      }
      const publicCount = rows.filter(({ may }) => may.size === stage.people.length).length
      const privateCount = rows.length - publicCount
      teller.text(
        `\n  ${count(publicCount, 'public event')} delivered to all ${stage.people.length} nodes; ${count(privateCount, 'like and reply', 'likes and replies')} delivered to the one person each was for,\n  and nobody else could see them.\n`,
      )
    },
    clientUrls() {
      teller.text('\n  Look at each node in a browser:\n')
      for (const person of stage.people) teller.text(`  ${person.name.padEnd(8)}${person.clientUrl()}\n`)
    },
  }
}

/** `5 profiles, 2 posts, like from bob`. */
function contents(events: readonly NostrEvent[], reader: Person, nameOf: (pubkey: string) => string): string {
  const others = events.filter(event => event.pubkey !== reader.pubkey)
  const profiles = others.filter(event => event.kind === KIND.profile)
  const rest = others
    .filter(event => event.kind !== KIND.profile)
    .map(event => `${wordFor(event)} from ${nameOf(event.pubkey)}`)
  const own = events.length - others.length
  const parts = [
    ...(profiles.length > 0 ? [`profiles of ${profiles.map(event => nameOf(event.pubkey)).join(', ')}`] : []),
    ...rest,
    ...(own > 0 ? [`${own} of ${reader.name}'s own`] : []),
  ]
  return parts.length === 0 ? 'nothing new' : parts.join('; ')
}
