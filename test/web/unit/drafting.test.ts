import { describe, expect, it } from 'vitest'
import { npubOf } from '../../../src/event/npub.ts'
import { audienceOf, deletionOf, draftOf, likeOf, repostOf, type Writing } from '../../../src/web/text/drafting.ts'
import { personFrom, signedEvent, strangerKey, unsignedEvent } from '../../support/events.ts'

const ME = personFrom('me').pubkey
const BOB = personFrom('bob').pubkey
const BOBBY = personFrom('bobby').pubkey

const written = (text: string, more: Partial<Writing> = {}): Writing => ({ text, mentions: [], ...more })
const fresh = (writing: Writing) => draftOf(writing, { what: 'new' }, ME)

describe('a post as it is written', () => {
  it('names people by reference, longer names first, and sends to them', () => {
    const mentions = [
      { label: '@Bob', pubkey: BOB },
      { label: '@Bobby', pubkey: BOBBY },
    ]
    const draft = fresh(written('  @Bobby meets @Bob. ', { mentions }))
    expect(draft.content).toBe(`nostr:${npubOf(BOBBY)} meets nostr:${npubOf(BOB)}.`)
    expect(draft.tags).toEqual([
      ['p', BOBBY],
      ['p', BOB],
    ])
    expect(audienceOf(draft, ME)).toEqual([BOBBY, BOB])
  })

  it('can name people and be for everybody; one’s own name sends it to nobody', () => {
    const mentions = [{ label: '@Bob', pubkey: BOB }]
    expect(fresh(written('@Bob', { mentions, isOpen: true })).tags).toEqual([])
    const own = fresh(written(`I am nostr:${npubOf(ME)}`))
    expect(own.tags).toEqual([])
    expect(audienceOf(own, ME)).toBe('everybody')
  })

  it('has its hashtags once, the warning, and descriptions of the pictures that are in it', () => {
    const draft = fresh(
      written('#Cake and #cake https://a.example/b.png', {
        warning: '',
        descriptions: { 'https://a.example/b.png': ' a cake ', 'https://a.example/gone.png': 'gone' },
      }),
    )
    expect(draft.tags).toEqual([
      ['t', 'cake'],
      ['imeta', 'url https://a.example/b.png', 'alt a cake'],
      ['content-warning'],
    ])
  })

  it('answers by the marks of NIP-10, and goes to everybody who was in it but oneself', () => {
    const root = unsignedEvent(BOB, { tags: [['p', ME]] })
    const first = draftOf(written('yes'), { what: 'reply', to: root }, ME)
    expect(first.tags).toEqual([
      ['e', root.id, '', 'root', BOB],
      ['p', BOB],
    ])
    const answer = unsignedEvent(BOBBY, {
      tags: [
        ['e', root.id, 'wss://x', 'root'],
        ['p', BOB],
        ['p', 'nobody'],
      ],
    })
    const second = draftOf(written('no'), { what: 'reply', to: answer }, ME)
    expect(second.tags).toEqual([
      ['e', root.id, 'wss://x', 'root'],
      ['e', answer.id, '', 'reply', BOBBY],
      ['p', BOBBY],
      ['p', BOB],
    ])
  })

  it('quotes in words and by tag, for everybody', () => {
    const post = unsignedEvent(BOB)
    const draft = draftOf(written('look'), { what: 'quote', of: post }, ME)
    expect(draft.content).toMatch(/^look\n\nnostr:nevent1/)
    expect(draft.tags).toEqual([
      ['q', post.id, '', BOB],
      ['p', BOB],
    ])
    expect(audienceOf(draft, ME)).toBe('everybody')
  })
})

describe('what is done with a post', () => {
  it('a like goes to its author alone', () => {
    const draft = likeOf(unsignedEvent(BOB))
    expect(draft).toMatchObject({ kind: 7, content: '+' })
    expect(audienceOf(draft, ME)).toEqual([BOB])
  })

  it('a repost has the post inside, unless its author forbids it; other kinds are said', () => {
    const post = signedEvent(personFrom('bob'), { content: 'hello' })
    expect(JSON.parse(repostOf(post).content)).toEqual(post)
    expect(repostOf({ ...post, tags: [['-']] }).content).toBe('')
    expect(repostOf(unsignedEvent(BOB, { kind: 30_023 }))).toMatchObject({ kind: 16 })
    expect(repostOf(unsignedEvent(BOB, { kind: 30_023 })).tags).toContainEqual(['k', '30023'])
  })

  it('a deletion names all, and each kind once', () => {
    const events = [unsignedEvent(ME, { content: 'a' }), unsignedEvent(ME, { content: 'b' })]
    const expected = [...events.map(({ id }) => ['e', id]), ['k', '1']]
    expect(deletionOf(events)).toEqual({ kind: 5, content: '', tags: expected })
  })

  it('a tag that names nobody sends to nobody', () => {
    const draft = {
      kind: 1,
      tags: [
        ['p', 'x'],
        ['p', ME],
      ],
    }
    expect(audienceOf(draft, ME)).toBe('everybody')
    expect(audienceOf({ kind: 1, tags: [['p', strangerKey('z')]] }, ME)).toEqual([strangerKey('z')])
  })
})
