/** Lists that the owner keeps for themselves: nothing of them is lost, whoever else writes to them and however fast. */
import { describe, expect, it } from 'vitest'
import type { NostrEvent } from '../../../src/event/event.ts'
import { createKeySigner } from '../../../src/web/key/here.ts'
import { createBook } from '../../../src/web/state/book.ts'
import { createOwnList } from '../../../src/web/state/own-list.ts'
import { personFrom, signedEvent } from '../../support/events.ts'

const MUTES = 10_000
const alice = personFrom('alice')

/** A list, and the events that it published. */
function listOf() {
  const signer = createKeySigner(alice.secretKey.slice())
  const book = createBook()
  const published: NostrEvent[] = []
  const list = createOwnList({
    kind: MUTES,
    book,
    owner: () => alice.pubkey,
    needSigner: async () => signer,
    signer: () => signer,
    ask: async () => [],
    pause: async () => {},
    async publish(draft) {
      const event = signedEvent(alice, {
        ...draft,
        tags: draft.tags.map(tag => [...tag]),
        created_at: draft.created_at ?? 0,
      })
      published.push(event)
      book.add([event])
      return event
    },
  })
  return { book, list, published }
}

const values = (tags: readonly (readonly string[])[]) => tags.map(([, value]) => value)

describe('an own list', () => {
  it('holds what was added within one second, in the encrypted part', async () => {
    const { list, published } = listOf()
    await Promise.all(['one', 'two', 'three'].map(word => list.add(['word', word])))
    expect(values(list.tags.value)).toEqual(['one', 'two', 'three'])
    const dates = published.map(({ created_at }) => created_at)
    expect(new Set(dates).size).toBe(3)
    expect(dates).toEqual(dates.toSorted((a, b) => a - b))
    expect(JSON.stringify(published)).not.toContain('two')
  })

  it('keeps what another program put into its open part, and takes it off where asked', async () => {
    const { book, list, published } = listOf()
    book.add([
      signedEvent(alice, {
        kind: MUTES,
        tags: [
          ['t', 'loud'],
          ['x', 'theirs'],
        ],
        content: '',
      }),
    ])
    await list.add(['word', 'secret'])
    expect(published.at(-1)!.tags).toEqual([
      ['t', 'loud'],
      ['x', 'theirs'],
    ])
    await list.remove(['t', 'loud'])
    expect(published.at(-1)!.tags).toEqual([['x', 'theirs']])
    expect(values(list.tags.value)).toEqual(['theirs', 'secret'])
  })

  it('writes nothing over a private part that it cannot read', async () => {
    const { book, list, published } = listOf()
    book.add([signedEvent(alice, { kind: MUTES, tags: [], content: 'not for this key' })])
    expect(await list.add(['word', 'new'])).toEqual({ signerTrouble: 'unable' })
    expect(published).toEqual([])
  })
})
