/** Vectors of filters: which of some events each matches (specification/event.md, E13). */
import type { NostrEvent } from '../../src/event/event.ts'
import type { RejectionCode } from '../../src/event/rejection.ts'
import { ALICE, BOB, NOW, signed } from './signing.ts'

const CITED = 'cd'.repeat(32)
export const FILTERED: readonly NostrEvent[] = [
  signed({ created_at: NOW }),
  signed({
    created_at: NOW + 1,
    tags: [
      ['e', CITED],
      ['p', BOB.pubkey, 'wss://relay.example'],
    ],
  }),
  signed({ created_at: NOW + 2, kind: 7, tags: [['e', CITED], ['e', 'ab'.repeat(32)], ['p']], content: '+' }, BOB),
  signed(
    {
      created_at: NOW + 3,
      kind: 0,
      tags: [
        ['t', ''],
        ['E', CITED],
      ],
      content: '{}',
    },
    BOB,
  ),
]

/** Name → filter as JSON, and the positions of the matching events. */
const CASES: Readonly<Record<string, readonly [filter: Record<string, unknown>, matching: readonly number[]]>> = {
  'an empty filter matches everything': [{}, [0, 1, 2, 3]],
  'by id': [{ ids: [FILTERED[2]!.id, CITED] }, [2]],
  'by author': [{ authors: [ALICE.pubkey] }, [0, 1]],
  'by kind': [{ kinds: [0, 7] }, [2, 3]],
  'an empty list matches nothing': [{ kinds: [] }, []],
  'an empty list of tag values matches nothing': [{ '#e': [] }, []],
  'since includes its second': [{ since: NOW + 2 }, [2, 3]],
  'until includes its second': [{ until: NOW + 1 }, [0, 1]],
  'since 0 and until 0 are given': [{ since: 0, until: 0 }, []],
  'minus one means not given': [{ since: -1, until: -1, limit: -1 }, [0, 1, 2, 3]],
  'null means not given': [{ ids: null, since: null, '#e': null }, [0, 1, 2, 3]],
  'by tag': [{ '#e': [CITED] }, [1, 2]],
  'by the second tag of a name': [{ '#e': ['ab'.repeat(32)] }, [2]],
  'a third element is no value': [{ '#p': ['wss://relay.example'] }, []],
  'a tag without value has none': [{ '#p': [''] }, []],
  'an empty value is a value': [{ '#t': [''] }, [3]],
  'the case of a tag name counts': [{ '#E': [CITED] }, [3]],
  'all conditions must hold': [{ authors: [BOB.pubkey], kinds: [1, 7], '#e': [CITED], since: NOW }, [2]],
  'two tag conditions': [{ '#e': [CITED], '#p': [BOB.pubkey] }, [1]],
  'limit is not for matching': [{ limit: 0 }, [0, 1, 2, 3]],
  'unknown fields and longer tag names are passed over': [{ unknown: 'x', '#ee': ['x'], '#1': ['x'] }, [0, 1, 2, 3]],
}

export function validFilters() {
  return Object.entries(CASES).map(([name, [filter, matching]]) => ({
    name,
    filter,
    matches: matching.map(index => FILTERED[index]!.id),
  }))
}

export function invalidFilters(): { name: string; filter: unknown; rejected: RejectionCode }[] {
  const malformed: Readonly<Record<string, unknown>> = {
    'not an object': 'all',
    'an array': [{}],
    'ids as text': { ids: CITED },
    'an id in upper case': { ids: [CITED.toUpperCase()] },
    'a prefix of an id': { ids: [CITED.slice(0, 8)] },
    'null in a list': { authors: [null] },
    'a kind as text': { kinds: ['1'] },
    'a kind below 0': { kinds: [-1] },
    'a kind beyond 16 bits': { kinds: [65_536] },
    'since as text': { since: '0' },
    'until with a fraction': { until: 1.5 },
    'limit of minus two': { limit: -2 },
    'a tag value that is a number': { '#e': [1] },
    'tag values as text': { '#p': ALICE.pubkey },
  }
  return [
    ...Object.entries(malformed).map(([name, filter]) => ({ name, filter, rejected: 'malformed' as const })),
    { name: 'more than 5,000 values', filter: { kinds: Array(5_001).fill(1) }, rejected: 'too-large' as const },
  ]
}
