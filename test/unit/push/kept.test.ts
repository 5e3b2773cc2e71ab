/** R19.7 of specification/rest-api.md: whatever a hand has made of push.json, the node starts, and says what is left out. */
import { createECDH, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Logger } from '../../../src/observe/log.ts'
import { openPushes } from '../../../src/push/pushes.ts'
import type { KeptFile } from '../../../src/store/kept-file.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { SEED } from '../../support/seed.ts'
import { spoilt } from '../../support/spoilt.ts'

const NOW_MS = 1_800_000_000_000
const pair = createECDH('prime256v1')
pair.generateKeys()
const keys = { publicKey: pair.getPublicKey('base64url'), privateKey: pair.getPrivateKey('base64url') }

function subscription(name: string, fields: object = {}) {
  const p256dh = createECDH('prime256v1').generateKeys().toString('base64url')
  return {
    subscription: {
      endpoint: `https://push.example/${name}`,
      keys: { p256dh, auth: randomBytes(16).toString('base64url') },
    },
    what: ['mentions'],
    language: 'en',
    device: name,
    except: [],
    createdMs: NOW_MS - 1_000,
    ofDevice: null,
    ...fields,
  }
}

async function opened(text: string) {
  const warnings: string[] = []
  const log: Logger = (level, message, fields) => {
    expect(level).toBe('warn')
    warnings.push(`${message} ${JSON.stringify(fields)}`)
  }
  const held = { text: text as string | undefined, aside: undefined as string | undefined }
  const file: KeptFile = {
    path: '/data/push.json',
    read: async () => held.text,
    async write(fresh) {
      held.text = fresh
    },
    async setAside() {
      held.aside = held.text
      held.text = undefined
      return '/data/push.json.unread'
    },
  }
  const service = { post: async () => ({ outcome: 'sent' as const }), isForbidden: async () => false }
  const pushes = await openPushes({ file, service, nameOf: () => undefined, clock: createFakeClock(NOW_MS), log })
  const state = await pushes.state()
  await pushes.stop()
  return { state, warnings, held }
}

describe('push.json', () => {
  it.each<[string, unknown, string]>([
    ['a date', NOW_MS - 1_000, new Date(NOW_MS - 1_000).toISOString()],
    ['a text', 'yesterday', new Date(NOW_MS).toISOString()],
    ['what JSON makes of NaN', Number.NaN, new Date(NOW_MS).toISOString()],
    ['before 1970', -1, new Date(NOW_MS).toISOString()],
    ['the far future', 8.65e15, new Date(NOW_MS).toISOString()],
  ])('%s as the date of a subscription', async (_, createdMs, created) => {
    const { state, warnings } = await opened(
      JSON.stringify({ keys, subscriptions: [subscription('a', { createdMs })] }),
    )
    expect(state.devices).toMatchObject([{ device: 'a', created }])
    expect(warnings).toEqual([])
  })

  it('one bad subscription is left out and told, the others stay', async () => {
    const bad = [subscription('b', { language: 'x' }), subscription('c', { ofDevice: 7 }), null]
    const text = JSON.stringify({ keys, subscriptions: [...bad, subscription('a')] })
    const { state, warnings } = await opened(text)
    expect(state.devices.map(({ device }) => device)).toEqual(['a'])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/left out.*\/data\/push\.json.*"leftOut":3/)
  })

  it('keys that do not belong together are worth nothing: it is begun anew, and what was there is kept', async () => {
    const other = createECDH('prime256v1')
    other.generateKeys()
    const wrong = { ...keys, publicKey: other.getPublicKey('base64url') }
    const text = JSON.stringify({ keys: wrong, subscriptions: [subscription('a')] })
    const { state, warnings, held } = await opened(text)
    expect(state.devices).toEqual([])
    expect(state.publicKey).not.toBe(keys.publicKey)
    expect(held.aside).toBe(text)
    expect(warnings[0]).toMatch(/begun anew.*push\.json\.unread/)
  })

  it('whatever is in it, the node starts, and nothing goes without a word', async () => {
    const whole = { keys, subscriptions: [subscription('a'), subscription('b', { ofDevice: 'first' })] }
    await fc.assert(
      fc.asyncProperty(spoilt(whole), async text => {
        const { state, warnings, held } = await opened(text)
        if (warnings.length === 0) expect(lengthOf(text)).toBeLessThanOrEqual(state.devices.length)
        if (held.aside !== undefined) expect(held.aside).toBe(text)
        for (const { created } of state.devices) expect(Date.parse(created)).toBeLessThanOrEqual(NOW_MS)
      }),
      { seed: SEED, numRuns: 300 },
    )
  })
})

/** Subscriptions to different endpoints in a text: of one endpoint there is one. */
function lengthOf(text: string): number {
  const { subscriptions } = JSON.parse(text) as { subscriptions: { subscription: { endpoint: string } }[] }
  return new Set(subscriptions.map(one => one.subscription.endpoint)).size
}
