/** The overlay as deliveries see it: nodes of the recipients that do what a test wants, and what they were sent. */
import { isRejection } from '../../../src/event/rejection.ts'
import type { Receipt } from '../../../src/wire/deliver.ts'
import { decodeEvent } from '../../../src/wire/event-codec.ts'

export class Nodes {
  readonly known = new Map<string, string[]>()
  readonly sent: { node: string; ids: string[]; bytes: number }[] = []
  behave: (node: string, id: string) => Receipt | Promise<Receipt> = () => ({ result: 'stored' })

  readonly locate = async (owner: string) => this.known.get(owner) ?? []
  readonly send = async (node: string, _owner: string, events: readonly Uint8Array[]) => {
    const ids = events.map(bytes => {
      const event = decodeEvent(bytes)
      if (isRejection(event)) throw new Error(event.reason)
      return event.id
    })
    this.sent.push({ node, ids, bytes: events.reduce((sum, bytes) => sum + bytes.length, 0) })
    return Promise.all(ids.map(id => this.behave(node, id)))
  }
}
