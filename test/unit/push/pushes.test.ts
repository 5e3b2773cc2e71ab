/** R19.4 and R19.5 of specification/rest-api.md: what comes close together, what fails, and for how long it is tried. */
import { createECDH, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { Notice } from '../../../src/flow/notices.ts'
import { silent } from '../../../src/observe/log.ts'
import { openPushes, type Pushes } from '../../../src/push/pushes.ts'
import type { PostOutcome, PushService } from '../../../src/push/service.ts'
import type { KeptFile } from '../../../src/store/kept-file.ts'
import type { PushState } from '../../../src/wire/push.ts'
import { personFrom, unsignedEvent } from '../../support/events.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { until } from '../../support/until.ts'

const BOB = personFrom('bob')
const START_MS = 1_800_000_000_000
const MINUTE = 60_000

const stops: Pushes[] = []
afterEach(async () => {
  for (const pushes of stops.splice(0)) await pushes.stop()
})

function memoryFile(text?: string): KeptFile & { text: string | undefined } {
  const file = {
    path: 'push.json',
    text,
    read: async () => file.text,
    async write(fresh: string) {
      file.text = fresh
    },
    async setAside() {
      file.text = undefined
      return 'push.json.unread'
    },
  }
  return file
}

function wish(name = 'phone') {
  const keys = createECDH('prime256v1').generateKeys().toString('base64url')
  return {
    subscription: {
      endpoint: `https://push.example/${name}`,
      keys: { p256dh: keys, auth: randomBytes(16).toString('base64url') },
    },
    what: ['mentions', 'replies', 'likes'],
    language: 'en',
    device: name,
  }
}

async function opened(file = memoryFile()) {
  const clock = createFakeClock(START_MS)
  const answers: PostOutcome[] = []
  const posted: string[] = []
  const service: PushService = {
    async post(endpoint) {
      posted.push(endpoint)
      return answers.shift() ?? { outcome: 'sent' }
    },
    isForbidden: async () => false,
  }
  const pushes = await openPushes({ file, service, nameOf: () => 'Bob', clock, log: silent })
  stops.push(pushes)
  /** Encryption takes a thread, so its end is waited for. */
  const sent = (count: number) => until(`${count} pushes`, () => posted.length >= count)
  const devices = async () => (await pushes.state()).devices
  return { clock, answers, posted, pushes, sent, devices, file }
}

const notice = (content: string, what: Notice['what'] = 'mention'): Notice => ({
  what,
  event: unsignedEvent(BOB.pubkey, { content }),
  about: null,
})

const later = (afterMs = 0): PostOutcome => ({ outcome: 'later', reason: 'it answered with the status 503', afterMs })

describe('pushes', () => {
  test('go out at once, and then four a minute at most, with what came meanwhile in one', async () => {
    const { pushes, clock, posted, sent, devices } = await opened()
    await pushes.subscribe(wish(), undefined)
    pushes.notify(notice('first'))
    await sent(1)
    await until('it is noted', async () => (await devices())[0]?.lastSent !== null)
    for (let n = 0; n < 100; n++) pushes.notify(notice(`${n}`, n % 2 === 0 ? 'reply' : 'like'))
    await clock.pass(14_999)
    expect(posted).toHaveLength(1)
    await clock.pass(1)
    await sent(2)
    await clock.pass(MINUTE)
    expect([posted.length, clock.waiting()]).toEqual([2, 0])
  })

  test('that fail are tried three times more, with what came since, and then given up', async () => {
    const { pushes, clock, answers, posted, sent, devices } = await opened()
    await pushes.subscribe(wish(), undefined)
    answers.push(later(), later(), later(), later())
    pushes.notify(notice('first'))
    await sent(1)
    for (const [tries, waitMs] of [30_000, 120_000, 600_000].entries()) {
      await until('it waits', () => clock.waiting() === 1)
      pushes.notify(notice('more'))
      await clock.pass(waitMs - 1)
      expect(posted).toHaveLength(tries + 1)
      await clock.pass(1)
      await sent(tries + 2)
    }
    const troubled = await until('trouble', async () => (await devices())[0]?.trouble ?? undefined)
    expect(troubled).toContain('503')
    await clock.pass(60 * MINUTE)
    expect(posted).toHaveLength(4)
    pushes.notify(notice('another day'))
    await sent(5)
    await until('it is well again', async () => (await devices())[0]?.trouble === null)
  })

  test('wait as long as the push service asks, an hour at most', async () => {
    const { pushes, clock, answers, posted, sent } = await opened()
    await pushes.subscribe(wish(), undefined)
    answers.push(later(90_000), later(10 ** 9))
    pushes.notify(notice('first'))
    await sent(1)
    await until('it waits', () => clock.waiting() === 1)
    await clock.pass(89_999)
    expect(posted).toHaveLength(1)
    await clock.pass(1)
    await sent(2)
    await until('it waits', () => clock.waiting() === 1)
    await clock.pass(60 * MINUTE)
    await sent(3)
  })

  test('that are refused are not tried again, and a subscription that is gone is forgotten', async () => {
    const { pushes, clock, answers, posted, sent, devices, file } = await opened()
    await pushes.subscribe(wish(), undefined)
    answers.push({ outcome: 'refused', reason: 'it answered with the status 403' }, { outcome: 'gone' })
    pushes.notify(notice('first'))
    await sent(1)
    await until('it is noted', async () => (await devices())[0]?.trouble !== null)
    await clock.pass(60 * MINUTE)
    expect(posted).toHaveLength(1)
    pushes.notify(notice('second'))
    await until('it is forgotten', async () => (await devices()).length === 0)
    expect(JSON.parse(file.text!).subscriptions).toEqual([])
  })

  test('of one device do not wait for another', async () => {
    const { pushes, answers, posted } = await opened()
    await pushes.subscribe(wish('phone'), undefined)
    await pushes.subscribe(wish('tablet'), undefined)
    answers.push(later())
    pushes.notify(notice('hello'))
    await until('both', () => new Set(posted).size === 2)
  })
})

describe('who is left out by a device', () => {
  test('is not told there, and elsewhere', async () => {
    const { pushes, posted, sent } = await opened()
    await pushes.subscribe({ ...wish('phone'), except: [BOB.pubkey] }, undefined)
    await pushes.subscribe(wish('tablet'), undefined)
    pushes.notify(notice('hello'))
    await sent(1)
    await pushes.stop()
    expect(posted).toEqual(['https://push.example/tablet'])
  })
})

describe('what is kept', () => {
  test('is the same after a restart; a file that nobody can read is begun anew', async () => {
    const before = await opened()
    const asked = (await before.pushes.subscribe(wish(), 'abc')) as PushState
    const again = await opened(memoryFile(before.file.text))
    expect(await again.pushes.state()).toEqual({ ...asked, id: undefined })
    again.pushes.forgetDevice('abc')
    expect(await again.devices()).toEqual([])
    for (const text of ['', '{}', '{"keys":{"publicKey":"x","privateKey":"y"},"subscriptions":[]}']) {
      const anew = await opened(memoryFile(text))
      expect((await anew.pushes.state()).publicKey).not.toBe(asked.publicKey)
    }
  })
})
