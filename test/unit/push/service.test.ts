/** R19.5 and R19.6 of specification/rest-api.md: where a push goes, and what its answers mean. */
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { createPushService } from '../../../src/push/service.ts'
import { createCleanUp } from '../../support/clean-up.ts'
import { startPushServer } from '../../support/push-service.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

const BODY = Buffer.from('sealed')

describe('a push service', () => {
  test.each([
    [201, {}, { outcome: 'sent' }],
    [404, {}, { outcome: 'gone' }],
    [410, {}, { outcome: 'gone' }],
    [403, {}, { outcome: 'refused', reason: 'it answered with the status 403' }],
    [302, { Location: 'https://example.org/' }, { outcome: 'refused', reason: 'it answered with the status 302' }],
    [429, { 'Retry-After': '120' }, { outcome: 'later', reason: 'it answered with the status 429', afterMs: 120_000 }],
    [503, { 'Retry-After': 'tomorrow' }, { outcome: 'later', reason: 'it answered with the status 503', afterMs: 0 }],
  ])('that answers %i', async (status, headers, wanted) => {
    const server = await startPushServer(cleanUp)
    server.answers.push({ status, headers })
    const service = createPushService({ mayReach: () => true, ca: server.ca, signal: new AbortController().signal })
    expect(await service.post(`${server.origin}/push`, { TTL: 1 }, BODY)).toEqual(wanted)
    expect(server.pushed.map(({ body, headers: given }) => [body.toString(), given.ttl])).toEqual([['sealed', '1']])
  })

  test('is not reached where its name leads to a private address by the time of the push', async () => {
    const server = await startPushServer(cleanUp)
    let isRebound = false
    const mayReach = () => !isRebound
    const service = createPushService({ mayReach, ca: server.ca, signal: new AbortController().signal })
    expect(await service.isForbidden(server.origin)).toBe(false)
    isRebound = true
    for (const host of ['localhost', '127.0.0.1']) {
      const endpoint = server.origin.replace('localhost', host)
      expect(await service.post(endpoint, {}, BODY)).toMatchObject({
        reason: expect.stringContaining('private network'),
      })
      expect(await service.isForbidden(endpoint)).toBe(true)
    }
    expect(server.pushed).toEqual([])
  })

  test('has to show a certificate, and is left when the node stops', async () => {
    const server = await startPushServer(cleanUp)
    const stopping = new AbortController()
    const service = createPushService({ mayReach: () => true, signal: stopping.signal })
    expect(await service.post(server.origin, {}, BODY)).toMatchObject({ outcome: 'later' })
    expect(server.pushed).toEqual([])
    const silent = createServer(socket => cleanUp.add(() => void socket.destroy()))
    cleanUp.add(() => void silent.close())
    const { promise, resolve } = Promise.withResolvers<void>()
    silent.once('connection', resolve)
    silent.listen(0, '127.0.0.1')
    await new Promise(listening => silent.once('listening', listening))
    const waiting = service.post(`https://127.0.0.1:${(silent.address() as { port: number }).port}/`, {}, BODY)
    await promise
    stopping.abort()
    expect(await waiting).toMatchObject({ outcome: 'later' })
  })
})
