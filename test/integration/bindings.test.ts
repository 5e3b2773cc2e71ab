/** The binding from end to end between real nodes: asked for, signed, shown, renewed, withdrawn, expired, refused (R10, O3). */
import { beforeEach, describe, expect, it } from 'vitest'
import { bindingTemplate, withdrawalTemplate } from '../../src/event/binding.ts'
import type { VerifiedEvent } from '../../src/event/event.ts'
import { npubOf } from '../../src/event/keys.ts'
import { nowSeconds, systemClock } from '../../src/observe/clock.ts'
import { encodeEvent } from '../../src/wire/event-codec.ts'
import { bind, bindingOf, seesProven } from '../support/bindings.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { draft } from '../support/drafts.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { NODES_TOPIC, startRawPeer } from '../support/raw-peer.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const DAY = 24 * 3600
const cleanUp = useCleanUp()
const sam = personFrom('sam')
let hub: TestNode
let home: TestNode

const now = () => nowSeconds(systemClock)
const id = ({ node }: TestNode) => node.peerId
const expiring = (node: string, seconds: number) => [
  ['d', `nostrp2p/node/${node}`],
  ['expiration', `${now() + seconds}`],
]

beforeEach(async () => {
  hub = await startTestNode(cleanUp, { owner: 'ann' })
  home = await startTestNode(cleanUp, { owner: 'sam', bootstraps: [hub.address] })
  await until('sam to be known', async () => (await hub.client.status()).knownNodes === 1)
})

async function waiting(node: TestNode): Promise<number> {
  return (await node.client.status()).outbox.waiting
}

/** Who acknowledged the delivery of this event. */
async function ackedBy(node: TestNode, event: { readonly id: string }): Promise<readonly string[]> {
  const { outbox } = await node.client.status()
  return outbox.deliveries.find(delivery => delivery.event === event.id)?.ackedBy ?? []
}

describe('GET /binding (R10)', () => {
  it('R10.1, R10.2: gives the event to sign, and says how it stands: none, valid, ends soon, withdrawn', async () => {
    const unbound = await bindingOf(home)
    expect(unbound).toMatchObject({ owner: npubOf(sam.pubkey), node: id(home), state: 'none', expires: null })
    expect(unbound.advice).toMatch(/nostrp2p bind/)
    expect(unbound.event).toEqual(bindingTemplate(id(home), unbound.event.created_at))
    expect(Math.abs(unbound.event.created_at - now())).toBeLessThan(5)

    const binding = await bind(home)
    const expires = new Date((binding.created_at + 180 * DAY) * 1000).toISOString()
    expect(await bindingOf(home)).toMatchObject({ state: 'valid', expires })
    expect(await home.client.status()).toMatchObject({ bindingExpires: expires, binding: { state: 'valid', expires } })
    await home.waitFor('binding', ({ state }) => state === 'valid')

    await bind(home, { tags: expiring(id(home), 30 * DAY - 60) })
    expect((await bindingOf(home)).state).toBe('expires-soon')
    await home.waitFor('binding', ({ state }) => state === 'expires-soon')
    await seesProven(hub, id(home))

    const { event } = await bindingOf(home)
    await home.post(withdrawalTemplate(sam.pubkey, id(home), event.created_at))
    expect(await bindingOf(home)).toMatchObject({ state: 'withdrawn', expires: null })
    await home.waitFor('binding', ({ state }) => state === 'withdrawn')
    expect(await (await home.client.send('/plain')).text()).toContain('withdrawn by the owner')
    await seesProven(hub, id(home), false)

    // What the node gives to sign next is dated after all that, so that it counts at once.
    await bind(home)
    expect((await bindingOf(home)).state).toBe('valid')
    await seesProven(hub, id(home))
  })

  it('R10.2: a deletion of the binding by its id withdraws the node as well', async () => {
    const binding = await bind(home)
    await seesProven(hub, id(home))
    await home.post(draft.deletion([binding]))
    expect((await bindingOf(home)).state).toBe('withdrawn')
    await seesProven(hub, id(home), false)
  })

  it('R10.3: needs read access, and an unclaimed node gives it to whoever has the claim token', async () => {
    const elsewhere = { headers: { 'X-Forwarded-For': '203.0.113.7' } }
    expect((await home.client.send('/binding', elsewhere)).status).toBe(401)
    expect((await home.client.send(`/k/${home.node.token}/binding`, elsewhere)).status).toBe(200)
    const fresh = await startTestNode(cleanUp, { owner: null })
    const response = await fresh.client.send(`/k/${fresh.node.claimToken()}/binding`, elsewhere)
    expect(await response.json()).toMatchObject({ owner: null, node: id(fresh), state: 'none' })
  })

  it('O4.3: an end that comes by itself is told to neighbours and announced at once', async () => {
    const raw = await startRawPeer(cleanUp)
    await raw.meet(await raw.connect(hub.address))
    await bind(home, { tags: expiring(id(home), 3) })
    await seesProven(hub, id(home))
    await home.waitFor('binding', ({ state }) => state === 'expires-soon')
    const before = raw.heard.length
    await home.waitFor('binding', ({ state }) => state === 'none')
    await seesProven(hub, id(home), false)
    await until('the announcement', () => raw.heard.slice(before).some(({ topic }) => topic === NODES_TOPIC))
    expect((await bindingOf(home)).state).toBe('none')
  })
})

describe('a binding that a client posts (R10.4)', () => {
  const posted = async (event: VerifiedEvent) => {
    const { status, body } = await home.client.publish(event)
    return `${status} ${body.Error ?? body.result}`
  }
  const fresh = (changes = {}, owner = sam) => signedEvent(owner, { ...bindingTemplate(id(home), now()), ...changes })

  it.each<[string, RegExp, () => VerifiedEvent]>([
    ['forged', /^400 Invalid Sig/, () => ({ ...fresh(), sig: fresh({ content: 'x' }).sig }) as VerifiedEvent],
    [
      "forged in the owner's name",
      /^400 (The id|Invalid Sig)/,
      () => ({ ...fresh({}, personFrom('thief')), pubkey: sam.pubkey }) as VerifiedEvent,
    ],
    ['expired', /^400 The event has expired/, () => fresh({ tags: expiring(id(home), -1) })],
    ['without an end', /^400 A binding needs an expiration/, () => fresh({ tags: expiring(id(home), 1).slice(0, 1) })],
    [
      'of more than 400 days',
      /^400 A binding may count for 400 days/,
      () => fresh({ tags: expiring(id(home), 401 * DAY) }),
    ],
    ['of another owner', /^403 This node takes events of its owner only/, () => fresh({}, personFrom('thief'))],
    ['of more than 2 KiB', /^413 A binding may have 2048 bytes/, () => fresh({ content: 'x'.repeat(2_048) })],
    ['from the future', /^400 created_at is more than 15 minutes ahead/, () => fresh({ created_at: now() + 1_000 })],
  ])('R10.4: %s is refused in a sentence', async (_name, answer, make) => {
    expect(await posted(make())).toMatch(answer)
    expect((await bindingOf(home)).state).toBe('none')
  })

  it('R10.4: replayed after a newer one, and after a withdrawal, is refused in a sentence', async () => {
    const older = fresh({ created_at: now() - 10, tags: expiring(id(home), 10 * DAY) })
    expect(await posted(fresh())).toBe('200 stored')
    expect(await posted(older)).toMatch(/^400 A newer binding of that node is here/)
    expect((await bindingOf(home)).state).toBe('valid')
    await home.post(withdrawalTemplate(sam.pubkey, id(home), now()))
    expect(await posted(older)).toMatch(/^403 The owner has withdrawn this binding/)
    expect((await bindingOf(home)).state).toBe('withdrawn')
  })

  it('R10.4: of another node of the owner is kept for that one, and binds nothing here', async () => {
    const other = await startRawPeer(cleanUp)
    expect(await posted(signedEvent(sam, bindingTemplate(other.id, now())))).toBe('200 stored')
    expect((await bindingOf(home)).state).toBe('none')
  })

  it('R8.3: of another node does not claim an unclaimed one', async () => {
    const unclaimed = await startTestNode(cleanUp, { owner: null })
    const { status } = await unclaimed.client.send(`/k/${unclaimed.node.claimToken()}/publish`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(fresh()),
    })
    expect(status).toBe(400)
    expect(unclaimed.node.owner()).toBeUndefined()
  })
})

describe('what another node shows (O3.1)', () => {
  it('O3.1: forged, expired, foreign, withdrawn and replayed bindings prove nothing, and /status says why', async () => {
    const raw = await startRawPeer(cleanUp)
    const peer = await raw.connect(hub.address)
    const own = (changes = {}, owner = sam) => signedEvent(owner, { ...bindingTemplate(raw.id, now()), ...changes })
    const doubt = async (binding: VerifiedEvent) => {
      await raw.sayHello(peer, { owner: sam.pubkey, binding: encodeEvent(binding) })
      const shown = (await hub.client.status()).peers.find(one => one.id === raw.id)
      return shown?.proven ? 'proven' : shown?.doubt
    }
    expect(await doubt({ ...own(), sig: own({ content: 'x' }).sig } as VerifiedEvent)).toMatch(/^Invalid Sig/)
    expect(await doubt(own({ tags: expiring(raw.id, -1) }))).toMatch(/^The binding has expired/)
    expect(await doubt(own({}, personFrom('thief')))).toMatch(/^The binding is not by the owner/)
    expect(await doubt(signedEvent(sam, bindingTemplate(id(home), now())))).toMatch(/^The binding is for another node/)
    const older = own({ created_at: now() - 10 })
    const newer = own()
    expect(await doubt(older)).toBe('proven')
    expect(await doubt(newer)).toBe('proven')
    expect(await doubt(older)).toMatch(/^The owner has signed a newer binding/)
    await home.post(withdrawalTemplate(sam.pubkey, raw.id, now()))
    await until('the withdrawal', async () => /^The owner has withdrawn/.test((await doubt(newer)) ?? ''))
    expect(await doubt(own({ created_at: now() + 1 }))).toBe('proven')
  })
})

/** For sam alone; each another event. */
const letter = (content: string) => ({ ...draft.giftWrap(sam.pubkey), content })

describe("a thief with the owner's public key (O3.5)", () => {
  it('O3.5: that claimed first gets nothing once the owner has bound a node, not what waits for them either', async () => {
    await home.node.stop()
    const sender = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [hub.address, home.address] })
    const thief = await startTestNode(cleanUp, { owner: 'sam', bootstraps: [hub.address] })
    await until('the thief to be known', async () => (await sender.client.status()).knownNodes >= 2)
    const before = await sender.post(letter('before'))
    await thief.holds(before.id)

    home = await home.restart()
    await bind(home)
    await seesProven(sender, id(home))
    const after = await sender.post(letter('after'))
    await home.holds(after.id)
    await until('it to be settled', async () => (await waiting(sender)) === 0)
    expect(await ackedBy(sender, after)).toEqual([id(home)])

    // With the bound node away it waits, and the thief, who is there, still gets nothing.
    await home.node.stop()
    const queued = await sender.post(letter('queued'))
    const marker = await sender.post(draft.post('for everybody'))
    await thief.holds(marker.id)
    expect(await waiting(sender)).toBe(1)
    home = await home.restart()
    await home.holds(queued.id)
    await until('it to be settled', async () => (await waiting(sender)) === 0)
    expect(await ackedBy(sender, queued)).toEqual([id(home)])
    expect(await thief.client.req({ ids: [after.id, queued.id] })).toEqual([])
  })

  it('O3.5: gets nothing from a sender that was restarted and has met nobody but the thief since', async () => {
    const sender = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [hub.address, home.address] })
    await bind(home)
    await seesProven(sender, id(home))
    const first = await sender.post(letter('first'))
    await home.holds(first.id)
    await sender.node.stop()
    await home.node.stop()
    await hub.node.stop()
    const thief = await startTestNode(cleanUp, { owner: 'sam' })
    const again = await sender.restart({ bootstraps: [thief.address] })
    await until('the thief', async () => (await again.client.status()).peers.some(({ id: peer }) => peer === id(thief)))
    await until('its word', async () => (await again.client.status()).knownNodes >= 1)
    const last = await again.post(letter('the last'))
    const marker = await again.post(draft.post('for everybody'))
    await thief.holds(marker.id)
    await until('the first try', async () => {
      const { outbox } = await again.client.status()
      return outbox.deliveries.some(({ event, attempts }) => event === last.id && attempts > 0)
    })
    expect(await waiting(again)).toBe(1)
    expect(await thief.client.req({ ids: [last.id] })).toEqual([])
  })
})
