import fc from 'fast-check'
import * as nip19 from 'nostr-tools/nip19'
import { describe, expect, it } from 'vitest'
import { type Segment, segmentsOf } from '../../../src/web/text/segments.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { strangerKey } from '../../support/events.ts'
import { SEED } from '../../support/seed.ts'

const ALICE = strangerKey('alice')
const NPUB = nip19.npubEncode(ALICE)

function parts(content: string, tags: string[][] = []): readonly Segment[] {
  return segmentsOf({ content, tags })
}

describe('the text of a post', () => {
  it('is one part where nothing stands out', () => {
    expect(parts('a < b & "c"')).toEqual([{ what: 'text', text: 'a < b & "c"' }])
    expect(parts('')).toEqual([])
  })

  it('has links without the punctuation behind them', () => {
    expect(parts('see (https://a.example/x_(y)), or https://b.example.')).toEqual([
      { what: 'text', text: 'see (' },
      { what: 'link', url: 'https://a.example/x_(y)', text: 'https://a.example/x_(y)' },
      { what: 'text', text: '), or ' },
      { what: 'link', url: 'https://b.example/', text: 'https://b.example' },
      { what: 'text', text: '.' },
    ])
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,<script>',
    'https://bank.example@evil.example/',
    'HTTP//broken',
    'nostr:npub1qqqqqqqqqqqqqqqqqqqqqqqqqqqq',
    '#1',
    'a#b',
    '&#39;',
  ])('leaves %s as text', text => {
    expect(parts(text)).toEqual([{ what: 'text', text }])
  })

  it('knows people and posts by nostr: and by themselves', () => {
    const id = strangerKey('post')
    const note = nip19.neventEncode({ id, author: ALICE })
    expect(parts(`nostr:${NPUB} ${NPUB} nostr:${note}`)).toEqual([
      { what: 'person', pubkey: ALICE },
      { what: 'text', text: ' ' },
      { what: 'person', pubkey: ALICE },
      { what: 'text', text: ' ' },
      { what: 'post', id, author: ALICE },
    ])
    expect(parts('#[0] says', [['p', ALICE]])[0]).toEqual({ what: 'person', pubkey: ALICE })
  })

  it('has hashtags in every script, as one whatever their form', () => {
    expect(parts('#Ｎｏｓｔｒ #日本語 #naïve').filter(({ what }) => what === 'tag')).toEqual([
      { what: 'tag', tag: 'nostr', text: '#Ｎｏｓｔｒ' },
      { what: 'tag', tag: '日本語', text: '#日本語' },
      { what: 'tag', tag: 'naïve', text: '#naïve' },
    ])
  })

  it('has pictures with what their author says about them', () => {
    const url = 'https://a.example/lake.jpg'
    const imeta = ['imeta', `url ${url}`, 'alt A lake at dawn', 'dim 1600x900']
    expect(parts(url, [imeta])).toEqual([{ what: 'picture', url, alt: 'A lake at dawn', ratio: 1600 / 900 }])
    expect(parts('https://a.example/b.webm')[0]).toMatchObject({ what: 'video', alt: '' })
  })

  it('takes most of the marks off letters that carry towers of them', () => {
    expect(parts(`z${'\u0301'.repeat(500)}`)).toEqual([{ what: 'text', text: `z${'\u0301'.repeat(4)}` }])
  })

  it('loses no character of ordinary text', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('https://a.example/b', `nostr:${NPUB}`, '#tag', '\n', ' ', '(', ')', '#[0]', 'https://', 'x.png'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), words => {
        const text = words.join(' ').replace(/(\p{M}{4})\p{M}+/gu, '$1')
        const again = parts(text)
          .map(part =>
            'text' in part ? part.text : part.what === 'person' ? `nostr:${NPUB}` : 'url' in part ? part.url : '',
          )
          .join('')
        expect(again).toBe(text)
      }),
      { seed: SEED },
    )
  })

  it.each([
    ['brackets', `https://a.example/${')'.repeat(100_000)}`],
    ['addresses', 'https://a.example/x '.repeat(5_000)],
    ['hashes', '#'.repeat(100_000)],
    ['references', `nostr:npub1${'q'.repeat(100_000)}`],
    ['marks', '\u0301'.repeat(100_000)],
    ['emoji', '👩‍👩‍👧‍👦'.repeat(10_000)],
  ])('costs little whatever it holds: %s', (_, text) => {
    const startMs = cpuTimeMs()
    parts(text)
    expect(cpuTimeMs() - startMs).toBeLessThan(250)
  })
})
