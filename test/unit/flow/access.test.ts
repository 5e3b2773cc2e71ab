import { describe, expect, it } from 'vitest'
import type { Circle, RelayTerms } from '../../../src/config.ts'
import type { Filter } from '../../../src/event/filter.ts'
import { createAccess } from '../../../src/flow/access.ts'
import type { RelayListName } from '../../../src/store/store.ts'
import { relayTerms } from '../../support/access-world.ts'
import { strangerKey, unsignedEvent } from '../../support/events.ts'
import { rulesWith, visitor } from './relay-rules.ts'

const [ALICE, BOB, CAROL] = ['alice', 'bob', 'carol'].map(strangerKey) as [string, string, string]
const ADDRESS = '203.0.113.7'

async function start(terms: Partial<RelayTerms> = {}, ...lists: (readonly [RelayListName, string])[]) {
  const rules = await rulesWith(...lists)
  let owner: string | undefined = ALICE
  const access = createAccess({ owner: () => owner, rules, relay: relayTerms(terms) })
  return {
    access,
    rules,
    unclaim: () => {
      owner = undefined
    },
    visit: (pubkeys: readonly string[] = [], trusted = false) =>
      access.visitor({ trusted, pubkeys: new Set(pubkeys), address: ADDRESS }),
  }
}

describe('who somebody is (A1)', () => {
  it('A1.1: by where they come from and what they have proved', async () => {
    const { visit } = await start({}, ['allowedPubkey', CAROL])
    expect(visit()).toEqual(visitor('stranger'))
    expect(visit([], true)).toEqual(visitor('owner'))
    expect(visit([BOB])).toEqual(visitor('guest', [BOB]))
    expect(visit([BOB, CAROL])).toEqual(visitor('listed', [BOB, CAROL]))
    expect(visit([BOB, ALICE])).toEqual(visitor('owner', [BOB, ALICE]))
  })

  it('A1.2: the owner is told of each change, and a list holds from then on', async () => {
    const { access, rules, visit } = await start()
    const roles: string[] = []
    const forget = access.onChange(() => void roles.push(visit([BOB]).role))
    await rules.add({ list: 'allowedPubkey', value: BOB, text: '' })
    await rules.remove('allowedPubkey', BOB)
    forget()
    await rules.add({ list: 'allowedPubkey', value: BOB, text: '' })
    expect(roles).toEqual(['listed', 'guest'])
  })
})

describe('who may ask (A3.5)', () => {
  /** Of stranger, guest, listed, owner. */
  it.each<[Circle, string[]]>([
    ['owner', ['auth-required', 'restricted', 'restricted', 'yes']],
    ['listed', ['auth-required', 'restricted', 'yes', 'yes']],
    ['anyone', ['yes', 'yes', 'yes', 'yes']],
  ])('with --relay-reads %s', async (reads, answers) => {
    const { access, visit } = await start({ reads }, ['allowedPubkey', CAROL])
    const all = [visit(), visit([BOB]), visit([CAROL]), visit([ALICE])]
    expect(all.map(one => access.mayAsk(one, [{}])?.rejected ?? 'yes')).toEqual(answers)
  })

  it.each<[string, Filter[], string]>([
    ['gift wraps', [{ kinds: [1059] }], 'auth-required'],
    ['letters of both kinds', [{ kinds: [4, 1059] }, { kinds: [21_059] }], 'auth-required'],
    ['posts too', [{ kinds: [1, 1059] }], 'yes'],
    ['posts in another filter', [{ kinds: [1059] }, { kinds: [1] }], 'yes'],
    ['no kind', [{ kinds: [] }], 'yes'],
    ['anything', [{}], 'yes'],
  ])('a stranger who asks for %s', async (_, filters, answer) => {
    const { access, visit } = await start({ reads: 'anyone' })
    expect(access.mayAsk(visit(), filters)?.rejected ?? 'yes').toBe(answer)
    expect(access.mayAsk(visit([BOB]), filters)).toBeUndefined()
  })

  it('whoever is banned may not, not even when listed before; the owner cannot be', async () => {
    const { access, visit } = await start({ reads: 'anyone' }, ['bannedPubkey', BOB], ['bannedPubkey', ALICE])
    expect(access.mayAsk(visit([BOB]), [{}])?.rejected).toBe('blocked')
    expect(access.mayAsk(visit([BOB, CAROL]), [{}])?.rejected).toBe('blocked')
    expect(access.mayAsk(visit([ALICE]), [{}])).toBeUndefined()
  })

  it('an unclaimed node shows nothing', async () => {
    const { access, visit, unclaim } = await start({ reads: 'anyone' })
    unclaim()
    expect(access.mayAsk(visit([], true), [{}])?.rejected).toBe('restricted')
  })
})

describe('what is shown', () => {
  it('follows the bans at once, and an allowed event is none of them', async () => {
    const { access, rules, visit } = await start({ reads: 'anyone', writes: 'anyone' })
    const event = unsignedEvent(BOB)
    const view = access.viewOf(visit())!
    const seen = () => view(event, 'open')
    expect(seen()).toBe(true)
    await rules.add({ list: 'bannedPubkey', value: BOB, text: '' })
    expect(seen()).toBe(false)
    await rules.add({ list: 'allowedEvent', value: event.id, text: '' })
    expect(seen()).toBe(true)
    await rules.add({ list: 'bannedEvent', value: event.id, text: '' }, 'allowedEvent')
    expect(seen()).toBe(false)
  })

  it('is everything to the owner where there are no guests', async () => {
    const { access, visit } = await start()
    expect(access.viewOf(visit([ALICE]))).toBeUndefined()
    expect(access.viewOf(visit([BOB]))).toBeDefined()
  })
})

it('A7.5: an address is blocked however it is spelled', async () => {
  const { access } = await start({}, ['blockedIp', '192.0.2.1'], ['blockedIp', '2001:db8::1'])
  const asked = ['192.0.2.1', '::ffff:192.0.2.1', '2001:DB8:0::1', '192.0.2.2', undefined, 'nonsense']
  expect(asked.map(access.isBlocked)).toEqual([true, true, true, false, false, false])
})

it.each<[Partial<RelayTerms>, object]>([
  [{}, { authRequired: true, restrictedWrites: true, minPowDifficulty: 0 }],
  [{ pow: 9 }, { authRequired: true, restrictedWrites: true, minPowDifficulty: 0 }],
  [
    { reads: 'anyone', writes: 'anyone' },
    { authRequired: false, restrictedWrites: false, minPowDifficulty: 0 },
  ],
  [
    { reads: 'listed', writes: 'listed', pow: 9 },
    { authRequired: true, restrictedWrites: true, minPowDifficulty: 9 },
  ],
])('what the relay says of itself with %j', async (terms, said) => {
  const { access, rules } = await start(terms)
  await rules.add({ list: 'info', value: 'name', text: 'Here' })
  expect(access.terms()).toMatchObject({ ...said, name: 'Here', description: undefined })
})
