/** What the owner's devices tell each other, encrypted to oneself: how far was read, and lists. */
import { describe, expect, it } from 'vitest'
import type { NostrEvent, Tag } from '../../../src/event/event.ts'
import type { Keep } from '../../../src/web/keep/database.ts'
import type { Signer } from '../../../src/web/key/signer.ts'
import { type Book, createBook } from '../../../src/web/state/book.ts'
import { createOwnList } from '../../../src/web/state/own-list.ts'
import type { Draft } from '../../../src/web/state/publish.ts'
import { createReadState } from '../../../src/web/state/read-state.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'

const ALICE = strangerKey('alice')
const NOW = Math.floor(Date.now() / 1000)

/** Encrypts by turning text around: enough to see that it is done. */
function signer(kind: Signer['kind'] = 'here'): Signer {
  const turned = async (text: string) => [...text].reverse().join('')
  return { kind, pubkey: ALICE, encrypt: turned, decrypt: turned } as unknown as Signer
}

/** The node that both devices speak to. */
function sharedNode() {
  let clock = NOW
  const books: Book[] = []
  const sent: Draft[] = []
  return {
    books,
    sent,
    publish(draft: Draft): NostrEvent {
      sent.push(draft)
      const event = unsignedEvent(ALICE, { ...draft, created_at: ++clock })
      for (const book of books) book.add([event])
      return event
    },
  }
}

describe('how far was read', () => {
  function device(node: ReturnType<typeof sharedNode>, by: Signer | null = signer()) {
    const book = createBook()
    node.books.push(book)
    return createReadState({
      book,
      owner: () => ALICE,
      signer: () => by ?? undefined,
      send: draft => void node.publish(draft),
    })
  }

  it('is told to the other devices, by nobody but a key in the page, and readable to nobody else', async () => {
    const node = sharedNode()
    const [phone, desk] = [device(node), device(node)]
    phone.see('home', NOW - 50)
    phone.see('notices', NOW - 70)
    await phone.share()
    expect(node.sent).toHaveLength(1)
    expect(node.sent[0]).toMatchObject({ kind: 30_078, tags: [['d', 'nostrp2p/read']] })
    expect(node.sent[0]!.content).not.toContain('home')
    desk.see('home', NOW - 90)
    desk.see('notices', NOW - 10)
    await desk.share()
    expect(desk.seen.value).toEqual({ home: NOW - 50, notices: NOW - 10 })
    await phone.share()
    expect(phone.seen.value).toEqual({ home: NOW - 50, notices: NOW - 10 })
    for (const kind of ['extension', 'bunker'] as const) {
      const other = device(node, signer(kind))
      other.see('home', NOW)
      await other.share()
    }
    expect(node.sent).toHaveLength(2)
  })

  it('never goes back, and is not told at every step', async () => {
    const node = sharedNode()
    const phone = device(node)
    for (let i = 100; i > 0; i--) {
      phone.see('home', NOW - i)
      phone.see('home', NOW - 200)
      await phone.share()
    }
    expect(phone.seen.value.home).toBe(NOW - 1)
    expect(node.sent).toHaveLength(1)
  })

  it.each([
    ['nonsense', 'nonsense'],
    ['a date of the far future', JSON.stringify({ home: NOW + 100_000, notices: NOW + 100_000 })],
    ['other things than dates', JSON.stringify({ home: '5', notices: -1 })],
    ['nothing', 'null'],
  ])('takes %s for nothing', async (_, text) => {
    const node = sharedNode()
    const phone = device(node)
    node.publish({ kind: 30_078, tags: [['d', 'nostrp2p/read']], content: [...text].reverse().join('') })
    await phone.share()
    expect(phone.seen.value).toEqual({ home: 0, notices: 0 })
  })

  it('is here at the next visit, which knows where it began', async () => {
    const values = new Map<string, unknown>()
    const keep = {
      value: async (name: string) => values.get(name),
      setValue: async (name: string, value: unknown) => void values.set(name, value),
    } as unknown as Keep
    const phone = device(sharedNode())
    await phone.load(keep)
    phone.see('home', NOW - 5)
    const later = device(sharedNode())
    await later.load(keep)
    later.see('home', NOW)
    expect([later.before.value.home, later.seen.value.home]).toEqual([NOW - 5, NOW])
  })
})

describe('a list of one’s own', () => {
  function list(events: readonly NostrEvent[] = [], by: Signer | null = signer(), atNode: readonly NostrEvent[] = []) {
    const book = createBook()
    book.add(events)
    const node = sharedNode()
    node.books.push(book)
    const own = createOwnList({
      kind: 10_000,
      book,
      owner: () => ALICE,
      needSigner: async () => by ?? undefined,
      signer: () => by ?? undefined,
      ask: async () => atNode,
      pause: async () => {},
      publish: async draft => node.publish(draft),
    })
    return { own, sent: node.sent, book }
  }
  const turned = (tags: readonly Tag[]) => [...JSON.stringify(tags)].reverse().join('')

  it('puts what is new into the part that nobody else reads, and leaves the rest', async () => {
    const before = unsignedEvent(ALICE, {
      kind: 10_000,
      tags: [
        ['p', 'open'],
        ['x', 'y', 'z'],
      ],
      content: turned([['t', 'a']]),
    })
    const { own, sent } = list([before])
    await own.add(['word', 'spoiler'])
    expect(sent[0]).toMatchObject({
      tags: before.tags,
      content: turned([
        ['t', 'a'],
        ['word', 'spoiler'],
      ]),
    })
    expect(own.tags.value).toEqual([...before.tags, ['t', 'a'], ['word', 'spoiler']])
    await own.add(['t', 'a'])
    await own.add(['p', 'open'])
    expect(sent).toHaveLength(1)
  })

  it('takes out wherever it stands; changes at once undo nothing of each other', async () => {
    const before = unsignedEvent(ALICE, { kind: 10_000, tags: [['p', 'a']], content: turned([['p', 'b']]) })
    const { own } = list([before])
    await Promise.all([own.remove(['p', 'a']), own.add(['p', 'c']), own.remove(['p', 'b']), own.add(['p', 'd'])])
    expect(own.tags.value).toEqual([
      ['p', 'c'],
      ['p', 'd'],
    ])
  })

  it('is not written over where its closed part cannot be read', async () => {
    const { own, sent } = list([unsignedEvent(ALICE, { kind: 10_000, content: 'not ours' })])
    expect(await own.add(['p', 'a'])).toEqual({ signerTrouble: 'unable' })
    expect(sent).toEqual([])
  })

  it('shows its open part without a key, and changes nothing then', async () => {
    const { own, sent } = list([unsignedEvent(ALICE, { kind: 10_000, tags: [['p', 'a']], content: 'x' })], null)
    await own.refresh()
    expect(own.tags.value).toEqual([['p', 'a']])
    expect(await own.add(['p', 'b'])).toEqual({ signerTrouble: 'locked' })
    expect(sent).toEqual([])
  })

  it('is read from the node before it is changed, where the page has not heard of it yet', async () => {
    const before = unsignedEvent(ALICE, { kind: 10_000, tags: [['p', 'a']] })
    const { own, sent } = list([], signer(), [before])
    await own.add(['p', 'b'])
    expect(sent[0]).toMatchObject({ tags: [['p', 'a']], content: turned([['p', 'b']]) })
  })

  it('is dated later than the version that it replaces', async () => {
    const before = unsignedEvent(ALICE, { kind: 10_000, tags: [['p', 'a']], created_at: NOW + 600 })
    const { own, sent } = list([before])
    await own.add(['p', 'b'])
    expect(sent[0]!.created_at).toBe(NOW + 601)
  })

  it('asks a signer that refused to decrypt it no more by itself, but for a change', async () => {
    let asked = 0
    const refusing: Signer = {
      ...signer(),
      decrypt: async () => {
        asked++
        return { signerTrouble: 'refused' }
      },
    }
    const { own } = list([unsignedEvent(ALICE, { kind: 10_000, content: 'x' })], refusing)
    await own.refresh()
    await own.refresh()
    expect(asked).toBe(1)
    await own.add(['p', 'a'])
    expect(asked).toBe(2)
  })
})
