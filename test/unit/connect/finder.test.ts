/** How `connect` goes from one way to the next, with a host that answers as it is told. */
import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { createFinder, type Verdict, type Whereabouts } from '../../../src/connect/finder.ts'
import { type DeviceHost, type DeviceLink, WrongNode } from '../../../src/overlay/device.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { until } from '../../support/until.ts'

const cleanUp = useCleanUp()
const NODE = '12D3KooWHRLkkErfz2Uv6QqhnZ2XfNSNLm5MbSnnjJk6Lx1hiN49'
const HUB = '12D3KooWGskusenspuvzG86rxr5mLmhRqpwUfHDFy6Rin3jiDB9N'
const HOME = `/ip4/192.168.1.11/tcp/20000/p2p/${NODE}`
const HELPER = `/ip4/11.51.110.10/tcp/20000/p2p/${HUB}`
const CIRCUIT = `${HELPER}/p2p-circuit/p2p/${NODE}`

interface TestLink extends DeviceLink {
  readonly isClosed: () => boolean
}

function linkAt(address: string): TestLink {
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  let closed = false
  return {
    address,
    isCircuit: address.includes('p2p-circuit'),
    open: () => Promise.reject(new Error('not here')),
    ping: async () => {},
    gone,
    close() {
      closed = true
      resolve()
    },
    isClosed: () => closed,
  }
}

/** @param answers what answers at an address; WrongNode for another node */
async function find(
  answers: Map<string, TestLink | WrongNode>,
  check: (link: DeviceLink) => Promise<Verdict> = async () => 'ok',
) {
  const clock = createFakeClock(1_700_000_000_000)
  const told: Whereabouts[] = []
  const dialled: string[] = []
  const answer = (address: string) => {
    dialled.push(address)
    const one = answers.get(address)
    if (one === undefined) return Promise.reject(new Error('nothing listens there'))
    return one instanceof WrongNode ? Promise.reject(one) : Promise.resolve(one)
  }
  const host: DeviceHost = {
    peerId: 'me',
    dial: answer,
    dialDirect: () => answer('direct'),
    openTo: async () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(new Error('cut')) }) as never,
    leaveOthers() {},
    stop: async () => {},
  }
  const finder = createFinder({
    host,
    node: NODE,
    known: () => ({ addresses: [HELPER], home: ['http://192.168.1.11:20001'] }),
    check,
    onChange: now => told.push(now),
    clock,
  })
  cleanUp.add(() => finder.stop())
  const over = finder.run()
  /** Lets time go by until this was told. */
  const says = (wanted: Partial<Whereabouts>) =>
    until(`${JSON.stringify(wanted)} among ${told.map(one => JSON.stringify(one)).join(' ')}`, async () => {
      await clock.pass(500)
      const last = told.at(-1)
      return last !== undefined && Object.entries(wanted).every(([key, value]) => Reflect.get(last, key) === value)
    })
  return { finder, over, told, dialled, says, clock }
}

test('the own network comes first; when it is left, a circuit, and from there a direct way', async () => {
  const [home, circuit, direct] = [linkAt(HOME), linkAt(CIRCUIT), linkAt('direct')]
  const answers = new Map<string, TestLink | WrongNode>([
    [HOME, home],
    [CIRCUIT, circuit],
  ])
  const { says, finder, dialled, clock } = await find(answers)
  await says({ state: 'connected', kind: 'home' })
  expect(dialled).toEqual([HOME])
  expect(await finder.link(AbortSignal.timeout(1_000))).toBe(home)
  answers.delete(HOME)
  home.close()
  await says({ state: 'connected', kind: 'circuit' })
  answers.set('direct', direct)
  await clock.pass(10_000)
  await says({ state: 'connected', kind: 'direct' })
  expect(await finder.link(AbortSignal.timeout(1_000))).toBe(direct)
  await clock.pass(10_000)
  expect(circuit.isClosed()).toBe(true)
  answers.set(HOME, linkAt(HOME))
  await clock.pass(60_000)
  await says({ state: 'connected', kind: 'home' })
})

test('while nothing answers it is tried again ever more seldom, and for ever', async () => {
  const { says, told, clock, finder } = await find(new Map())
  for (let i = 0; i < 8; i++) {
    await says({ state: 'away', reason: 'no-helper' })
    await clock.pass(30_000)
  }
  const waits = told.flatMap(one => (one.state === 'away' ? [one.retryMs] : []))
  expect(waits.slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  await expect(finder.link(AbortSignal.timeout(10))).rejects.toThrow()
})

test('another node at the address is told, and who is refused is not connected', async () => {
  const wrong = await find(new Map([[HOME, new WrongNode('another node answers there')]]))
  await wrong.says({ state: 'away', reason: 'wrong-node' })

  const link = linkAt(HOME)
  const refused = await find(new Map([[HOME, link]]), async () => 'device-unknown')
  await refused.over
  expect(refused.told.at(-1)).toEqual({ state: 'refused', reason: 'device-unknown' })
  expect(link.isClosed()).toBe(true)
})
