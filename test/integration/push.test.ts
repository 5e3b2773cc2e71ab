/** R19 of specification/rest-api.md: pushes of a real node to a real push service, opened with the browser's keys. */
import { afterEach, describe, expect, test } from 'vitest'
import { KIND } from '../../src/event/kinds.ts'
import type { NewDevice } from '../../src/wire/devices.ts'
import type { PushDevice, PushMessage, PushState, PushTopic } from '../../src/wire/push.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { type Browser, type PushServer, startPushServer, subscribed, vapidClaims } from '../support/push-service.ts'
import { JSON_TYPE } from '../support/rest-client.ts'
import { startTestNode, type TestNode, type TestNodeOptions } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

const ALL: readonly PushTopic[] = ['mentions', 'replies', 'likes']

function ask(node: TestNode, method: 'POST' | 'DELETE', body: unknown) {
  return node.client.send('/push', { method, headers: { 'Content-Type': JSON_TYPE }, body: JSON.stringify(body) })
}

async function state({ client }: TestNode): Promise<PushState> {
  return (await (await client.send('/push')).json()) as PushState
}

/** Ann's node with a browser that wants pushes, and bob, who is connected. */
async function world(options: Partial<TestNodeOptions> = {}, what = ALL, language = 'en') {
  const service = await startPushServer(cleanUp)
  const ann = await startTestNode(cleanUp, {
    owner: 'ann',
    pushTo: { mayReach: () => true, ca: service.ca },
    ...options,
  })
  const bob = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [ann.address] })
  await ann.waitFor('peer-connected')
  const phone = subscribed(service, 'phone')
  const answer = await ask(ann, 'POST', { subscription: phone.subscription, what, language, device: "Ann's phone" })
  expect(answer.status).toBe(200)
  return { service, ann, bob, phone, made: (await answer.json()) as PushState }
}

async function first(service: PushServer, browser: Browser): Promise<PushMessage> {
  return browser.open((await service.arrived(1))[0]!)
}

describe('a push', () => {
  test('tells of a reply, sealed for the browser and signed by the node', async () => {
    const { service, ann, bob, phone, made } = await world()
    await bob.post(draft.profile('Bob'))
    const post = await ann.post({ content: 'what a day' })
    await bob.holds(post.id)
    const reply = await bob.post(draft.reply(post, [ann.owner.pubkey], 'it is!'))
    expect(await first(service, phone)).toEqual({
      v: 1,
      what: 'reply',
      count: 1,
      who: { pubkey: bob.owner.pubkey, name: 'Bob' },
      id: reply.id,
      about: post.id,
      title: 'Bob replied to you',
      body: 'it is!',
      at: expect.stringMatching(/Z$/),
    })
    const { headers, path } = service.pushed[0]!
    expect(path).toBe('/push/phone')
    expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '86400', urgency: 'normal' })
    expect(vapidClaims(headers.authorization, made.publicKey)).toMatchObject({ aud: service.origin })
    await until('it is noted', async () => typeof (await devices(ann))[0]?.lastSent === 'string')
  })

  test('tells of a mention and a like in the language of the device', async () => {
    const { service, ann, bob, phone } = await world({}, ALL, 'ja')
    await bob.post({ content: 'hello ann', tags: [['p', ann.owner.pubkey]] })
    const message = await first(service, phone)
    expect(message).toMatchObject({ what: 'mention', about: null, body: 'hello ann' })
    expect(message.title).toMatch(/^npub1.* さんがあなたをメンションしました$/)
  })

  test('is not made of what the device did not ask for, of the own posts, nor of people who are muted', async () => {
    const { service, ann, bob, phone } = await world({}, ['likes'])
    const carl = await startTestNode(cleanUp, { owner: 'carl', bootstraps: [ann.address] })
    await carl.waitFor('peer-connected')
    await ann.post({ kind: 10_000, tags: [['p', carl.owner.pubkey]] })
    const post = await ann.post({ content: 'look' })
    await ann.post({ content: 'to myself', tags: [['p', ann.owner.pubkey]] })
    for (const other of [bob, carl]) await other.holds(post.id)
    const unwanted = [
      await bob.post(draft.reply(post, [ann.owner.pubkey], 'no')),
      await carl.post(draft.like(post)),
      await bob.post({ kind: KIND.reaction, content: '-', tags: draft.like(post).tags }),
    ]
    for (const { id } of unwanted) await ann.holds(id)
    const like = await bob.post(draft.like(post))
    expect(await first(service, phone)).toMatchObject({ what: 'like', id: like.id, about: post.id, body: '', count: 1 })
  })

  test('is not made of what is imported', async () => {
    const { service, ann, bob, phone } = await world()
    const old = { content: 'long ago', tags: [['p', ann.owner.pubkey]] }
    const away = await startTestNode(cleanUp, { owner: 'bob' })
    const event = await away.post(old)
    const body = `${JSON.stringify(event)}\n`
    const headers = { 'Content-Type': 'application/x-ndjson' }
    expect((await ann.client.send('/import', { method: 'POST', headers, body })).status).toBe(200)
    await ann.waitFor('imported', ({ stored }) => stored === 1)
    const heard = await bob.post({ content: 'hello', tags: [['p', ann.owner.pubkey]] })
    expect(await first(service, phone)).toMatchObject({ id: heard.id })
  })
})

describe('subscriptions', () => {
  test('are kept over a restart, with the key that they were made for', async () => {
    const { service, ann, bob, phone, made } = await world()
    const again = await ann.restart({ pushTo: { mayReach: () => true, ca: service.ca } })
    expect(await state(again)).toEqual({ publicKey: made.publicKey, devices: made.devices, max: 20 })
    await bob.waitFor('peer-connected', ({ owner }) => owner === ann.owner.pubkey)
    const heard = await bob.post({ content: 'hello', tags: [['p', ann.owner.pubkey]] })
    expect(await first(service, phone)).toMatchObject({ id: heard.id })
  })

  test('end by the endpoint or the id, and when the push service knows them no more', async () => {
    const { service, ann, bob, phone } = await world()
    const tablet = subscribed(service, 'tablet')
    const wish = { what: ALL, language: 'en', device: 'tablet' }
    const asked = await ask(ann, 'POST', { subscription: tablet.subscription, ...wish })
    const { id } = (await asked.json()) as PushState
    expect((await ask(ann, 'DELETE', { id })).status).toBe(200)
    expect((await ask(ann, 'DELETE', { id })).status).toBe(404)
    expect((await devices(ann)).map(({ device }) => device)).toEqual(["Ann's phone"])
    service.answers.push({ status: 410 })
    await bob.post({ content: 'hello', tags: [['p', ann.owner.pubkey]] })
    await until('it is forgotten', async () => (await devices(ann)).length === 0)
    await ask(ann, 'POST', { subscription: phone.subscription, ...wish })
    expect((await ask(ann, 'DELETE', { endpoint: phone.subscription.endpoint })).status).toBe(200)
    expect(await devices(ann)).toEqual([])
  })

  test('end with the device whose token made them', async () => {
    const { service, ann } = await world()
    const made = await ann.client.send('/devices', {
      method: 'POST',
      headers: { 'Content-Type': JSON_TYPE },
      body: '{"name":"lost phone"}',
    })
    const { id, token } = (await made.json()) as NewDevice
    const subscription = subscribed(service, 'lost').subscription
    const headers = { 'Content-Type': JSON_TYPE, Authorization: `Bearer ${token}` }
    const wish = { subscription, what: ALL, language: 'en', device: 'lost phone' }
    await ann.client.send('/push', { method: 'POST', headers, body: JSON.stringify(wish) })
    expect(await devices(ann)).toHaveLength(2)
    await ann.client.send(`/devices/${id}`, { method: 'DELETE', headers: { 'Content-Type': JSON_TYPE }, body: '{}' })
    expect((await devices(ann)).map(({ device }) => device)).toEqual(["Ann's phone"])
  })

  test('are twenty at most, and only such as a browser makes', async () => {
    const service = await startPushServer(cleanUp)
    const ann = await startTestNode(cleanUp, { owner: 'ann', pushTo: { mayReach: () => true, ca: service.ca } })
    const wish = { subscription: subscribed(service, 'a').subscription, what: ALL, language: 'en' }
    const { endpoint, keys } = wish.subscription
    const broken = [
      {},
      { ...wish, what: [] },
      { ...wish, what: ['everything'] },
      { ...wish, language: 'tlh' },
      { ...wish, device: 'two\nlines' },
      { ...wish, except: ['bob'] },
      { ...wish, subscription: { endpoint: endpoint.replace('https', 'http'), keys } },
      { ...wish, subscription: { endpoint: 'https://user:secret@example.org/', keys } },
      { ...wish, subscription: { endpoint: `https://example.org/${'x'.repeat(2_048)}`, keys } },
      { ...wish, subscription: { endpoint, keys: { ...keys, auth: 'short' } } },
      { ...wish, subscription: { endpoint, keys: { ...keys, p256dh: `BA${keys.p256dh.slice(2, -4)}AAAA` } } },
    ]
    for (const body of broken) {
      const answer = await ask(ann, 'POST', body)
      expect([answer.status, await answer.json()], JSON.stringify(body)).toEqual([
        400,
        { Error: expect.any(String), code: expect.stringMatching(/^(malformed|push-address)$/) },
      ])
    }
    for (let n = 0; n < 20; n++) {
      const { subscription } = subscribed(service, `${n}`)
      expect((await ask(ann, 'POST', { ...wish, subscription })).status).toBe(200)
    }
    expect((await ask(ann, 'POST', wish)).status).toBe(507)
    // What is held can still be changed.
    expect(
      (
        await ask(ann, 'POST', {
          ...wish,
          subscription: { ...wish.subscription, endpoint: `${service.origin}/push/7` },
        })
      ).status,
    ).toBe(200)
    expect(await devices(ann)).toHaveLength(20)
  })

  test('lead to no address of this machine or of a private network', async () => {
    const service = await startPushServer(cleanUp)
    const ann = await startTestNode(cleanUp, { owner: 'ann' })
    const { keys } = subscribed(service, 'a').subscription
    const hosts = ['localhost', '127.0.0.1', '[::1]', '10.0.0.7', '192.168.1.1', '169.254.169.254', '[::ffff:7f00:1]']
    for (const host of [...hosts, '[fd00::1]', '0.0.0.0', '2130706433']) {
      const endpoint = `https://${host}:${new URL(service.origin).port}/push/a`
      const answer = await ask(ann, 'POST', { subscription: { endpoint, keys }, what: ALL, language: 'en' })
      expect([answer.status, host]).toEqual([400, host])
    }
    expect([service.pushed, await devices(ann)]).toEqual([[], []])
  })
})

async function devices(node: TestNode): Promise<readonly PushDevice[]> {
  return (await state(node)).devices
}
