import { describe, expect, it } from 'vitest'
import { isRejection } from '../../../src/event/rejection.ts'
import { MAX_LIST_ENTRIES, openHouseRules } from '../../../src/flow/house-rules.ts'
import { createManage } from '../../../src/flow/manage.ts'
import { strangerKey } from '../../support/events.ts'
import { memoryLists } from './relay-rules.ts'

const [ALICE, BOB, CAROL] = ['alice', 'bob', 'carol'].map(strangerKey).sort() as [string, string, string]
const ID = 'f'.repeat(64)

async function start() {
  const stored = memoryLists()
  const rules = await openHouseRules(stored)
  const manage = createManage({ rules, owner: () => ALICE })
  async function call(method: string, ...params: unknown[]): Promise<unknown> {
    const outcome = await manage(method, params)
    return isRejection(outcome) ? `refused: ${outcome.reason}` : outcome.result
  }
  return { stored, rules, manage, call }
}

describe('the methods (A7.2)', () => {
  it('are listed, without the one that lists them', async () => {
    const { call } = await start()
    const methods = (await call('supportedmethods')) as string[]
    expect(methods).toHaveLength(24)
    expect(methods).not.toContain('supportedmethods')
    for (const method of methods) expect(String(await call(method))).not.toMatch(/has no method/)
    for (const method of ['constructor', 'toString', 'listeventsneedingmoderation', '']) {
      expect(await call(method)).toMatch(/^refused: This relay has no method/)
    }
  })

  it.each([
    [
      'pubkey',
      'banpubkey',
      'unbanpubkey',
      'listbannedpubkeys',
      'allowpubkey',
      'unallowpubkey',
      'listallowedpubkeys',
      BOB,
    ],
    ['id', 'banevent', 'unbanevent', 'listbannedevents', 'allowevent', 'unallowevent', 'listallowedevents', ID],
  ])(
    'ban and allow a %s: being on one list takes it from the other, leaving one puts it on none',
    async (field, ban, unban, banned, allow, unallow, allowed, value) => {
      const { call } = await start()
      const lists = async () => [await call(banned), await call(allowed)]
      expect(await call(ban, value, 'spam')).toBe(true)
      expect(await lists()).toEqual([[{ [field]: value, reason: 'spam' }], []])
      expect(await call(ban, value)).toBe(true)
      expect(await lists()).toEqual([[{ [field]: value }], []])
      expect(await call(allow, value, 'a friend')).toBe(true)
      expect(await lists()).toEqual([[], [{ [field]: value, reason: 'a friend' }]])
      expect(await call(unallow, value)).toBe(true)
      expect(await lists()).toEqual([[], []])
      await call(ban, value)
      expect(await call(unban, value)).toBe(true)
      expect(await call(unban, value)).toBe(true)
      expect(await lists()).toEqual([[], []])
    },
  )

  it('kinds', async () => {
    const { call } = await start()
    for (const kind of [30_023, 7, 1]) expect(await call('allowkind', kind)).toBe(true)
    expect(await call('listallowedkinds')).toEqual([1, 7, 30_023])
    expect(await call('disallowkind', 7)).toBe(true)
    expect([await call('listallowedkinds'), await call('listdisallowedkinds')]).toEqual([[1, 30_023], [7]])
  })

  it('addresses, each under one spelling, and never this machine', async () => {
    const { call } = await start()
    expect(await call('blockip', '::ffff:192.0.2.1', 'flood')).toBe(true)
    expect(await call('blockip', '192.0.2.1')).toBe(true)
    expect(await call('blockip', '2001:DB8::1')).toBe(true)
    expect(await call('listblockedips')).toEqual([{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }])
    expect(await call('unblockip', '::FFFF:192.0.2.1')).toBe(true)
    expect(await call('listblockedips')).toEqual([{ ip: '2001:db8::1' }])
    for (const own of ['127.0.0.1', '127.9.9.9', '::1']) expect(await call('blockip', own)).toMatch(/this machine/)
  })

  it('what the relay is called', async () => {
    const { call, rules } = await start()
    expect(await call('changerelayname', "Alice's")).toBe(true)
    expect(await call('changerelaydescription', 'For friends.')).toBe(true)
    expect(await call('changerelayicon', 'https://example.org/icon.png')).toBe(true)
    expect([rules.info('name'), rules.info('description'), rules.info('icon')]).toEqual([
      "Alice's",
      'For friends.',
      'https://example.org/icon.png',
    ])
    expect(await call('changerelayicon', 'javascript:alert(1)')).toMatch(/http or https/)
    expect(await call('changerelayname', '')).toBe(true)
    expect(rules.info('name')).toBeUndefined()
  })

  it.each([
    ['banpubkey', []],
    ['banpubkey', [BOB.toUpperCase()]],
    ['banpubkey', ['npub1']],
    ['banpubkey', [BOB, 5]],
    ['allowpubkey', [BOB, 'x'.repeat(1_001)]],
    ['banpubkey', [ALICE]],
    ['banevent', [null]],
    ['unbanevent', ['x']],
    ['allowkind', ['1']],
    ['allowkind', [1.5]],
    ['disallowkind', [65_536]],
    ['blockip', ['example.org']],
    ['unblockip', [{}]],
    ['changerelayname', [5]],
    ['changerelaydescription', []],
  ])('refuse %s %j', async (method, params) => {
    const { call, rules } = await start()
    expect(await call(method, ...params)).toMatch(/^refused: /)
    expect((['bannedPubkey', 'bannedEvent', 'allowedKind', 'info'] as const).some(rules.isUsed)).toBe(false)
  })
})

describe('the lists', () => {
  it('hold what is stored, also when they are opened anew', async () => {
    const { stored, call } = await start()
    await call('banpubkey', CAROL, 'spam')
    await call('changerelayname', 'Here')
    const again = await openHouseRules(stored)
    expect(again.list('bannedPubkey')).toEqual([{ value: CAROL, text: 'spam' }])
    expect(again.info('name')).toBe('Here')
  })

  it('do not say what could not be stored', async () => {
    const { stored, rules, manage } = await start()
    stored.fail = new Error('disk')
    await expect(manage('banpubkey', [BOB])).rejects.toThrow('disk')
    expect(rules.has('bannedPubkey', BOB)).toBe(false)
  })

  it('have an end', async () => {
    const { rules, call } = await start()
    for (let i = 0; i < MAX_LIST_ENTRIES; i++) await rules.add({ list: 'allowedPubkey', value: `${i}`, text: '' })
    expect(await call('banpubkey', CAROL)).toBe(true)
    expect(rules.fill()).toEqual({ used: MAX_LIST_ENTRIES, max: MAX_LIST_ENTRIES })
    expect(await call('allowpubkey', BOB)).toMatch(/full/)
    await rules.remove('allowedPubkey', '0')
    expect(await call('allowpubkey', BOB)).toBe(true)
  })
})
