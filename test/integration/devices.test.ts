/** The owner's devices (specification/rest-api.md, R13), at real nodes. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { bindingTemplate } from '../../src/event/binding.ts'
import type { Device, NewDevice } from '../../src/wire/devices.ts'
import { useCleanUp } from '../support/clean-up.ts'
import { personFrom, signedEvent } from '../support/events.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { connectRelay, FROM_ELSEWHERE } from '../support/relay-client.ts'
import { proofOf, sha256 } from '../support/relay-manager.ts'
import { startTestNode, type TestNode, temporaryDirectory } from '../support/test-node.ts'

const cleanUp = useCleanUp()
let node: TestNode

beforeEach(async () => {
  node = await startTestNode(cleanUp, { owner: 'dora' })
})

interface Ask {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** As from another machine, unless the headers are given. */
function ask(method: string, path: string, { token, headers = FROM_ELSEWHERE, body }: Ask = {}): Promise<Response> {
  return node.client.send(path, {
    method,
    headers: {
      ...headers,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function add(name: string, token = node.node.token): Promise<NewDevice> {
  const response = await ask('POST', '/devices', { token, body: { name } })
  expect(response.status).toBe(201)
  return (await response.json()) as NewDevice
}

async function listed(token = node.node.token): Promise<readonly Device[]> {
  const response = await ask('GET', '/devices', { token })
  expect(response.status).toBe(200)
  return ((await response.json()) as { devices: Device[] }).devices
}

const statusWith = async (token: string) => (await ask('GET', '/status', { token })).status

describe('devices', () => {
  it('R13.1, R13.2: a new one comes in by its token and its path, and is told apart in the list', async () => {
    const phone = await add('  Telefon 📱 ')
    expect(phone).toEqual({ id: phone.id, name: 'Telefon 📱', token: phone.token, path: `/k/${phone.token}` })
    expect(phone.token).toMatch(/^[0-9a-f]{32}$/)
    expect(await statusWith(phone.token)).toBe(200)
    expect((await ask('GET', `${phone.path}/status`)).status).toBe(200)
    const devices = await listed(phone.token)
    expect(devices.map(({ id, name, isThis }) => [id, name, isThis])).toEqual([
      ['first', '', false],
      [phone.id, 'Telefon 📱', true],
    ])
    expect(JSON.stringify(devices)).not.toContain(phone.token)
    expect(devices.every(({ created }) => Date.parse(created) <= Date.now())).toBe(true)
  })

  it('R13.3: names can be changed, of the first one too', async () => {
    const phone = await add('phone')
    for (const id of [phone.id, 'first']) {
      const answer = await ask('POST', `/k/${phone.token}/devices/${id}`, { body: { name: `it is ${id}` } })
      expect([answer.status, await answer.json()]).toMatchObject([200, { id, name: `it is ${id}` }])
    }
    expect((await listed()).map(({ name }) => name)).toEqual(['it is first', `it is ${phone.id}`])
    expect((await ask('POST', '/devices/unknown', { token: phone.token, body: { name: 'x' } })).status).toBe(404)
  })

  it.each([
    ['nothing', undefined],
    ['only space', '   '],
    ['too long', 'x'.repeat(61)],
    ['two lines', 'a\nb'],
    ['no text', 7],
  ])('R13.2: a name that is %s is refused', async (_what, name) => {
    const answer = await ask('POST', '/devices', { token: node.node.token, body: { name } })
    expect([answer.status, await answer.json()]).toMatchObject([400, { Error: expect.stringContaining('name') }])
    expect(await listed()).toHaveLength(1)
  })

  it('R13.4: a revoked one is shut out at once, its WebSockets too; the others stay', async () => {
    const [phone, other] = [await add('phone'), await add('tablet')]
    const sockets = [phone, phone, other].map(({ token }, i) =>
      connectRelay(cleanUp, i === 0 ? node.node.clientOrigin : `${node.node.clientOrigin}/k/${token}`, {
        headers: i === 0 ? { ...FROM_ELSEWHERE, Authorization: `Bearer ${token}` } : FROM_ELSEWHERE,
      }),
    )
    const [byHeader, byPath, staying] = await Promise.all(sockets)
    await byPath!.subscribe('all', { kinds: [1] })
    await staying!.subscribe('all', { kinds: [1] })

    expect((await ask('DELETE', `/devices/${phone.id}`, { token: other.token })).status).toBe(200)
    expect((await byHeader!.closed).reason).toContain('shut out')
    expect((await byPath!.closed).code).toBe(1008)
    expect(await statusWith(phone.token)).toBe(401)
    await expect(
      connectRelay(cleanUp, `${node.node.clientOrigin}/k/${phone.token}`, { headers: FROM_ELSEWHERE }),
    ).rejects.toThrow('401')

    const post = await node.post({ content: 'for those who stayed' })
    await staying!.gets('the post', ([type, , event]) => type === 'EVENT' && (event as { id: string }).id === post.id)
    expect(byPath!.idsOf('all')).not.toContain(post.id)
    expect((await listed()).map(({ id }) => id)).toEqual(['first', other.id])
    expect((await ask('DELETE', `/devices/${phone.id}`, { token: other.token })).status).toBe(404)
  })

  it('R13.4: what a revoked one still sends before it has heard so is not done', async () => {
    const phone = await add('phone')
    const socket = await connectRelay(cleanUp, `${node.node.clientOrigin}/k/${phone.token}`, {
      headers: FROM_ELSEWHERE,
    })
    const late = signedEvent(node.owner, { content: 'too late' })
    // It hears nothing, never says goodbye, and goes on.
    socket.socket.pause()
    expect((await ask('DELETE', `/devices/${phone.id}`, { token: node.node.token })).status).toBe(200)
    socket.send('EVENT', late)
    socket.socket.resume()
    await socket.closed
    const next = await node.post({ content: 'in time' })
    await node.holds(next.id)
    expect(await node.client.req({ ids: [late.id] })).toEqual([])
  })

  it('R13.5: revoking the first one makes a new token for it, which the node prints from then on', async () => {
    const old = node.node.token
    const phone = await add('phone')
    expect((await ask('DELETE', '/devices/first', { token: phone.token })).status).toBe(200)
    expect(await statusWith(old)).toBe(401)
    expect(node.node.token).not.toBe(old)
    expect(await statusWith(node.node.token)).toBe(200)
    const again = await node.restart()
    expect(again.node.token).toBe(node.node.token)
  })

  it('R13.6: they outlast a restart, without the tokens in the clear and unreadable to others', async () => {
    const phone = await add('phone')
    expect(await statusWith(phone.token)).toBe(200)
    const before = await listed()
    node = await node.restart()
    expect(await listed(phone.token)).toMatchObject(before.map(({ id, name, created }) => ({ id, name, created })))
    const file = join(node.config.dataDir, 'devices.json')
    expect(await readFile(file, 'utf8')).not.toContain(phone.token)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await ask('DELETE', `/devices/${phone.id}`, { token: node.node.token })).status).toBe(200)
    node = await node.restart()
    expect(await statusWith(phone.token)).toBe(401)
  })

  it('R13.6: what was seen last is written within the hour and at the end, not at each request', async () => {
    const clock = createFakeClock(Date.now())
    node = await startTestNode(cleanUp, { owner: 'timo', clock })
    const phone = await add('phone')
    const file = join(node.config.dataDir, 'devices.json')
    const written = await readFile(file, 'utf8')
    for (let i = 0; i < 3; i++) expect(await statusWith(phone.token)).toBe(200)
    const [, seen] = await listed()
    expect(seen).toMatchObject({ id: phone.id, lastSeen: new Date(clock.nowMs()).toISOString() })
    expect(await readFile(file, 'utf8')).toBe(written)
    const again = await node.restart()
    expect(await readFile(file, 'utf8')).toContain(seen!.lastSeen!)
    node = again
    expect((await listed()).map(({ id, lastSeen }) => id === phone.id && lastSeen)).toContain(seen!.lastSeen)
  })

  it('R13.6: a file that the node did not write so keeps it from starting, in a sentence', async () => {
    const dataDir = join(await temporaryDirectory(cleanUp), 'data')
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(join(dataDir, 'devices.json'), '{"devices":[{"id":"x"}]}')
    await expect(startTestNode(cleanUp, { owner: 'dora', dataDir })).rejects.toThrow(/devices\.json is not as the node/)
  })

  it('R13.7: there are at most 100', async () => {
    for (let i = 1; i < 100; i++) await add(`device ${i}`)
    const answer = await ask('POST', '/devices', { token: node.node.token, body: { name: 'one more' } })
    expect([answer.status, await answer.json()]).toMatchObject([507, { Error: expect.stringContaining('Revoke one') }])
  })
})

describe('who may change devices (R6.6)', () => {
  const body = { name: 'mine' }
  const own = () => new URL(node.node.clientOrigin).host

  it('nobody without access', async () => {
    for (const [method, path] of [
      ['GET', '/devices'],
      ['POST', '/devices'],
      ['POST', '/devices/first'],
      ['DELETE', '/devices/first'],
    ] as const) {
      const answer = await ask(method, path, method === 'POST' ? { body } : {})
      expect([path, answer.status]).toEqual([path, 401])
    }
  })

  it('from this machine a program and the own page, and no other page of this machine', async () => {
    const another = { Origin: 'http://localhost:5173', 'Sec-Fetch-Site': 'same-site' }
    const itself = { Origin: `http://${own()}`, 'Sec-Fetch-Site': 'same-origin' }
    expect((await ask('GET', '/devices', { headers: another })).status).toBe(200)
    expect((await ask('POST', '/devices', { headers: another, body })).status).toBe(403)
    expect((await ask('DELETE', '/devices/first', { headers: another })).status).toBe(403)
    expect((await ask('POST', '/devices', { headers: { Origin: 'http://localhost:5173' }, body })).status).toBe(403)
    expect((await ask('POST', '/devices', { headers: itself, body })).status).toBe(201)
    expect((await ask('POST', '/devices', { headers: {}, body })).status).toBe(201)
    expect((await ask('POST', '/devices', { headers: another, token: node.node.token, body })).status).toBe(201)
  })

  it('who signs as the owner (NIP-98), with the body in the proof', async () => {
    const url = `${node.node.clientOrigin}/devices`
    const proofFor = (text: string) =>
      proofOf(node.owner, [
        ['u', url],
        ['method', 'POST'],
        ['payload', sha256(text)],
      ])
    const proof = proofFor(JSON.stringify(body))
    const answer = await ask('POST', '/devices', { headers: { ...FROM_ELSEWHERE, Authorization: proof }, body })
    expect(answer.status).toBe(201)
    const device = (await answer.json()) as NewDevice
    expect(await statusWith(device.token)).toBe(200)
    const other = proofFor('{"name":"other"}')
    const refused = await ask('POST', '/devices', { headers: { ...FROM_ELSEWHERE, Authorization: other }, body })
    expect(refused.status).toBe(401)
  })
})

describe('an unclaimed node', () => {
  it('R8.4: has no devices to add, and gives one to the claim that asks for it', async () => {
    node = await startTestNode(cleanUp, { owner: null })
    const prefix = `/k/${node.node.claimToken()}`
    expect((await ask('POST', `${prefix}/devices`, { body: { name: 'early' } })).status).toBe(403)
    const owner = personFrom('clara')
    const binding = signedEvent(owner, bindingTemplate(node.node.peerId, Math.floor(Date.now() / 1000)))
    const name = 'Claras 携帯電話'
    const answer = await ask('POST', `${prefix}/publish?device=${encodeURIComponent(name)}`, { body: binding })
    expect(answer.status).toBe(200)
    const { result, device } = (await answer.json()) as { result: string; device: NewDevice }
    expect([result, device.name]).toEqual(['stored', name])
    expect((await ask('GET', `${prefix}/status`)).status).toBe(401)
    expect(await statusWith(device.token)).toBe(200)
    // What is published later gives none.
    const later = await ask('POST', '/publish?device=more', { body: signedEvent(owner, { content: 'hi' }) })
    expect(await later.json()).not.toHaveProperty('device')
    expect(await listed()).toHaveLength(2)
  })
})
