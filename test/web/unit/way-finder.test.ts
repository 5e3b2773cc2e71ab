import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signal } from '@preact/signals'
import { describe, expect, it } from 'vitest'
import type { KeptNode } from '../../../src/web/keep/kept-node.ts'
import { createFinder } from '../../../src/web/way/finder.ts'
import { noSocket } from '../../../src/web/way/no-socket.ts'
import type { Overlay, Search } from '../../../src/web/way/overlay.ts'
import { type Way, type WayFault, type WayKind, WayLost, type WayRequest } from '../../../src/web/way/way.ts'
import { useCleanUp } from '../../support/clean-up.ts'

const cleanUp = useCleanUp()
const NODE = '12D3KooWnode'
const OWNER = 'ab'.repeat(32)
const KEPT: KeptNode = { node: NODE, owner: OWNER, addresses: ['/old'], home: [], isHere: false }
const AWAY = { node: NODE, owner: OWNER, addresses: ['/new'], home: [], version: '1' }

const get = (): WayRequest => ({ method: 'GET', headers: {}, body: null, signal: new AbortController().signal })
const post = (): WayRequest => ({ ...get(), method: 'POST', body: '{}' })

async function serve(listener: RequestListener, port = 0) {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise<void>(resolve => server.close(() => resolve()))
  }
  cleanUp.add(close)
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

async function closedOrigin(): Promise<string> {
  const { origin, close } = await serve(() => {})
  await close()
  return origin
}

type Answer = (path: string, request: WayRequest) => Promise<Response> | Response

/** A way that this test answers for. */
function fakeWay(kind: WayKind, answer: Answer, away: unknown = AWAY, status = 200) {
  const ending = new AbortController()
  const asked: string[] = []
  const underWay: Promise<Response>[] = []
  const way: Way = {
    kind,
    ended: ending.signal,
    async fetch(path, request) {
      if (path === '/away') return Response.json(away, { status })
      asked.push(path)
      const broken = new Promise<never>((_, reject) => {
        ending.signal.addEventListener('abort', () => reject(new WayLost({ isUnsent: false })))
      })
      const answered = Promise.race([answer(path, request), broken])
      underWay.push(answered)
      return answered
    },
    open: noSocket,
    check: async () => !ending.signal.aborted,
    close: () => ending.abort(),
    retire: () => void Promise.allSettled(underWay).then(() => ending.abort()),
  }
  return { way, asked }
}

/** Each search of the overlay gets what is next in the list. */
function stage(
  kept: KeptNode | undefined,
  origin: string,
  ...finds: ((search: Search) => Promise<WayFault | undefined>)[]
) {
  const seen = { loads: 0, finds: 0, stops: 0, kept: [] as KeptNode[] }
  const overlay: Overlay = {
    async find(_, __, search) {
      seen.finds++
      return (await finds.shift()?.(search)) ?? undefined
    },
    improve: async () => {},
    async stop() {
      seen.stops++
    },
  }
  const node = signal(kept)
  const finder = createFinder({
    origin,
    token: () => 'secret',
    kept: node,
    keep(fresh) {
      seen.kept.push(fresh)
      node.value = fresh
    },
    async overlay() {
      seen.loads++
      return overlay
    },
    isVisible: () => true,
    isOnline: () => true,
  })
  cleanUp.add(() => {
    node.value = undefined
    finder.stop()
  })
  return { finder, seen }
}

const home: RequestListener = (request, response) => {
  const isVersion = request.url?.startsWith('/version') === true
  response.end(isVersion ? JSON.stringify({ node: NODE }) : `home ${request.headers.authorization}`)
}

describe('the finder', () => {
  it('knows the origin alone in a browser that is not paired, and loads nothing when that fails', async () => {
    const { origin, close } = await serve(home)
    const { finder, seen } = stage(undefined, origin)
    expect(finder.kind.value).toBe('origin')
    expect(await (await finder.fetch('/', get())).text()).toBe('home Bearer secret')
    await close()
    await expect(finder.fetch('/', get())).rejects.toBeInstanceOf(WayLost)
    expect(finder.kind.value).toBe('origin')
    expect(seen.loads).toBe(0)
  })

  it('takes the address at home when it is the node that answers there, without libp2p', async () => {
    const { origin } = await serve(home)
    const elsewhere = await serve((_, response) => response.end('{"node":"another"}'))
    const { finder, seen } = stage({ ...KEPT, home: [elsewhere.origin, origin] }, 'http://public.example')
    expect(await (await finder.fetch('/', get())).text()).toBe('home Bearer secret')
    expect(finder.kind.value).toBe('home')
    expect(seen.loads).toBe(0)
  })

  it('shows its token to nobody who is not the node', async () => {
    const heard: (string | undefined)[] = []
    const { origin } = await serve((request, response) => {
      heard.push(request.headers.authorization)
      response.end('{"node":null}')
    })
    const direct = fakeWay('direct', () => new Response('direct'))
    const { finder } = stage({ ...KEPT, isHere: true, home: [origin] }, origin, ({ offer }) => offer(direct.way))
    expect(await (await finder.fetch('/', get())).text()).toBe('direct')
    expect(heard).toEqual([undefined])
  })

  it('goes through the overlay when nobody answers at home, and keeps where the node says it is', async () => {
    const direct = fakeWay('direct', () => new Response('direct'))
    const { finder, seen } = stage({ ...KEPT, isHere: true }, await closedOrigin(), ({ offer }) => offer(direct.way))
    expect(finder.kind.value).toBeUndefined()
    expect(await (await finder.fetch('/', get())).text()).toBe('direct')
    expect(finder.kind.value).toBe('direct')
    expect(seen.kept).toEqual([{ ...KEPT, isHere: true, addresses: ['/new'] }])
  })

  it('asks again on the next way what was lost with the one before, but not what must not be done twice', async () => {
    const first = fakeWay('direct', () => new Promise(() => {}))
    const second = fakeWay('circuit', () => new Response('second'))
    const { finder } = stage(
      KEPT,
      'http://public.example',
      ({ offer }) => offer(first.way),
      ({ offer }) => offer(second.way),
    )
    const pull = finder.fetch('/req', post())
    const own = finder.fetch('/publish', post())
    const device = finder.fetch('/devices', post())
    const refused = expect(device).rejects.toBeInstanceOf(WayLost)
    await expect.poll(() => first.asked.length).toBe(3)
    first.way.close()
    expect(await (await pull).text()).toBe('second')
    expect(await (await own).text()).toBe('second')
    await refused
    expect(second.asked.sort()).toEqual(['/publish', '/req'])
    expect(finder.kind.value).toBe('circuit')
  })

  it('changes to the better way, and lets what is under way on the other come to its end', async () => {
    const slow = Promise.withResolvers<Response>()
    const circuit = fakeWay('circuit', () => slow.promise)
    const direct = fakeWay('direct', () => new Response('direct'))
    let better = (): Promise<unknown> => Promise.resolve()
    const { finder } = stage(KEPT, 'http://public.example', async ({ offer }) => {
      better = () => offer(direct.way)
      return offer(circuit.way)
    })
    const begun = finder.fetch('/req', post())
    await expect.poll(() => circuit.asked.length).toBe(1)
    const roomy = finder.direct(new AbortController().signal)
    await better()
    expect(finder.kind.value).toBe('direct')
    expect(await roomy).toBe(true)
    expect(await (await finder.fetch('/next', get())).text()).toBe('direct')
    expect(circuit.way.ended.aborted).toBe(false)
    slow.resolve(new Response('from the circuit'))
    expect(await (await begun).text()).toBe('from the circuit')
    await expect.poll(() => circuit.way.ended.aborted).toBe(true)
    expect(direct.asked).toEqual(['/next'])
  })

  it('says what the node says when it knows this device no more, and does not ask at every pull', async () => {
    const shut = fakeWay('direct', () => new Response(), { Error: 'No.', code: 'device-unknown' }, 401)
    const { finder, seen } = stage(KEPT, 'http://public.example', ({ offer }) => offer(shut.way))
    for (let i = 0; i < 3; i++) {
      const answer = await finder.fetch('/req', post())
      expect(answer.status).toBe(401)
      expect(await answer.json()).toEqual({ Error: 'No.', code: 'device-unknown' })
    }
    expect(finder.fault.value).toBe('revoked')
    expect(seen.finds).toBe(1)
    finder.again()
    await expect.poll(() => seen.finds).toBe(2)
  })

  it.each([
    ['wrong-owner', { ...AWAY, owner: 'cd'.repeat(32) }],
    ['wrong-node', { ...AWAY, node: 'another' }],
    ['broken', { hello: 'world' }],
  ] as const)('takes no way that is %s', async (fault, away) => {
    const wrong = fakeWay('direct', () => new Response('wrong'), away)
    const { finder, seen } = stage(KEPT, 'http://public.example', ({ offer }) => offer(wrong.way))
    await expect(finder.fetch('/req', post())).rejects.toMatchObject({ name: 'WayLost', isUnsent: true, fault })
    expect(finder.fault.value).toBe(fault)
    expect(wrong.asked).toEqual([])
    expect(seen.kept).toEqual([])
  })

  it('says why nothing was found, and finds it later', async () => {
    const direct = fakeWay('direct', () => new Response('direct'))
    const { finder } = stage(
      KEPT,
      'http://public.example',
      async () => 'no-public-node',
      ({ offer }) => offer(direct.way),
    )
    await expect(finder.fetch('/req', post())).rejects.toMatchObject({ fault: 'no-public-node' })
    finder.again()
    expect(await (await finder.fetch('/req', post())).text()).toBe('direct')
    expect(finder.fault.value).toBeUndefined()
  })

  it('does not run after ways that are cut again and again', async () => {
    const cut = ({ offer }: Search) => {
      const { way } = fakeWay('circuit', () => {
        way.close()
        return new Promise(() => {})
      })
      return offer(way)
    }
    const { finder, seen } = stage(KEPT, 'http://public.example', ...Array(50).fill(cut))
    for (let i = 0; i < 12; i++) await expect(finder.fetch('/req', post())).rejects.toBeInstanceOf(WayLost)
    expect(finder.fault.value).toBe('relay-cut')
    expect(seen.finds).toBe(4)
    finder.again()
    await expect.poll(() => finder.kind.value).toBe('circuit')
  })

  it('comes home again', async () => {
    const { origin, close } = await serve(home)
    await close()
    const direct = fakeWay('direct', () => new Response('direct'))
    const { finder } = stage({ ...KEPT, isHere: true }, origin, ({ offer }) => offer(direct.way))
    expect(await (await finder.fetch('/', get())).text()).toBe('direct')
    await serve(home, Number(new URL(origin).port))
    finder.again()
    await expect.poll(() => finder.kind.value).toBe('origin')
    expect(await (await finder.fetch('/', get())).text()).toBe('home Bearer secret')
    expect(direct.way.ended.aborted).toBe(true)
  })

  it('ends a wait with its signal', async () => {
    const { finder } = stage(KEPT, 'http://public.example', () => new Promise(() => {}))
    const stop = new AbortController()
    const asked = finder.fetch('/req', { ...post(), signal: stop.signal })
    const roomy = finder.direct(stop.signal)
    stop.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    expect(await roomy).toBe(false)
  })
})
