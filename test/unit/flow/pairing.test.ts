import { describe, expect, it } from 'vitest'
import { isRejection, reject } from '../../../src/event/rejection.ts'
import { createPairings, MAX_PAIRINGS, PAIRING_MS } from '../../../src/flow/pairing.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import type { Pairing } from '../../../src/wire/away.ts'
import { parsePairingCode } from '../../../src/wire/pairing-code.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const NODE = '12D3KooWCtxHgqdHCTx4vAoGW4W3iZgQr2y3hJ3zLJbTB1xCHvVF'
const AWAY = {
  node: NODE,
  owner: 'ab'.repeat(32),
  addresses: Array.from({ length: 16 }, (_, i) => `/ip4/203.0.113.${i}/tcp/20002/ws/p2p/${NODE}`),
  home: ['http://192.168.1.20:20001'],
  version: '1',
}

function pairings(home: readonly string[] = AWAY.home) {
  const clock = createFakeClock(1_700_000_000_000)
  const added: unknown[] = []
  const made = createPairings({
    devices: {
      async add(name, peer) {
        if (name === '') return reject('malformed', 'No name.', { code: 'device-name' })
        added.push([name, peer])
        return { id: 'id', name: String(name), token: 'token', path: '/k/token' }
      },
    },
    away: () => ({ ...AWAY, home }),
    clock,
    counters: createCounters(),
  })
  return { ...made, clock, added }
}

function isMade(value: object): Pairing {
  if (isRejection(value)) throw new Error(value.reason)
  return value as Pairing
}

function secretOf({ code }: Pairing): string {
  const parsed = parsePairingCode(code)
  if (isRejection(parsed)) throw new Error(parsed.reason)
  return Buffer.from(parsed.secret).toString('base64url')
}

describe('pairing codes', () => {
  it('W3.1: name the node, its owner, its best addresses and its address at home, and count for ten minutes', () => {
    const { make } = pairings()
    const made = isMade(make(undefined))
    expect(made.expires).toBe(new Date(1_700_000_000_000 + PAIRING_MS).toISOString())
    expect(parsePairingCode(made.code)).toMatchObject({
      node: NODE,
      owner: AWAY.owner,
      addresses: AWAY.addresses.slice(0, 6),
      home: AWAY.home,
      expires: 1_700_000_600,
    })
    expect(made.url).toMatch(/^http:\/\/192\.168\.1\.20:20001\/#\/pair\/[\w-]+$/)
  })

  it.each<[string, unknown, RegExp | null | 'malformed']>([
    ['of its own at home', undefined, /^http:\/\/192\.168\.1\.20:20001\/#\/pair\//],
    ['that is named', 'https://example.org/np/?x=1#/home', /^https:\/\/example\.org\/np\/#\/pair\//],
    ['that is no URL', 'example', 'malformed'],
    ['that would run a script', 'javascript:alert(1)', 'malformed'],
    ['with a name and a password', 'https://user:pass@example.org/', 'malformed'],
    ['that is too long', `https://example.org/${'x'.repeat(200)}`, 'malformed'],
    ['that is a number', 7, 'malformed'],
  ])('W3.1: open a page %s', (_name, page, expected) => {
    const made = pairings().make(page)
    if (expected === 'malformed') expect(made).toMatchObject({ rejected: 'malformed' })
    else expect(isMade(made).url).toMatch(expected!)
  })

  it('W3.1: have no URL where no other device could open one', () => {
    expect(isMade(pairings([]).make(undefined)).url).toBeNull()
  })

  it('W3.1: are open five at a time, until one is used, is taken back or ends', async () => {
    const { make, takeBack, pair, clock } = pairings()
    const open = Array.from({ length: MAX_PAIRINGS }, () => isMade(make(undefined)))
    const isFull = { rejected: 'rate-limited', code: 'pairings-full' }
    expect(make(undefined)).toMatchObject(isFull)
    expect(takeBack(open[0]!.id)).toBe(true)
    expect(takeBack(open[0]!.id)).toBe(false)
    isMade(make(undefined))
    await pair({ secret: secretOf(open[1]!), name: 'phone' }, undefined)
    isMade(make(undefined))
    expect(make(undefined)).toMatchObject(isFull)
    await clock.pass(PAIRING_MS)
    isMade(make(undefined))
  })

  it('W3.3: a hundred tries with wrong secrets close no code, and what is no text is as unknown', async () => {
    const { make, pair, added } = pairings()
    const made = isMade(make(undefined))
    for (let i = 0; i < 100; i++) {
      const secret = [undefined, 7, null, {}, '', 'AAAA', '\u0000'.repeat(1_000)][i % 7]
      expect(await pair({ secret, name: 'x' }, undefined)).toMatchObject({ code: 'pairing-unknown' })
    }
    expect(await pair({ secret: secretOf(made), name: '' }, 'peer')).toMatchObject({ code: 'device-name' })
    expect(await pair({ secret: secretOf(made), name: 'phone' }, 'peer')).toMatchObject({ token: 'token' })
    expect(await pair({ secret: secretOf(made), name: 'phone' }, 'peer')).toMatchObject({ code: 'pairing-used' })
    expect(added).toEqual([['phone', 'peer']])
  })
})
