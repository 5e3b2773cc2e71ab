/** The test network itself: its routers do what the names say, and nothing of it is left. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { runCommand } from './lab/command.ts'
import { createInternet, type Internet } from './lab/internet.ts'
import { createLab, type Lab } from './lab/lab.ts'
import type { Host } from './lab/network.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { createRouter, type Nat } from './lab/router.ts'

let lab: Lab
let internet: Internet

describe.skipIf(WHY_NOT)('the test network', () => {
  beforeEach(async () => {
    lab = await createLab()
    internet = await createInternet(lab)
  })

  afterEach(() => lab.end())

  /** From where `to` sees a packet of `from`; undefined when it does not come. */
  async function seen(from: Host, to: Host, address = to.cable.v4!, port = 4_000): Promise<string | undefined> {
    const text = `${from.space.name} ${Math.random()}`
    const receiver = await to.space.insider()
    const arrived = async () => (await receiver.udpReceived(4_000)).find(packet => packet.text === text)
    await (await from.space.insider()).udpSend(4_000, port, address, text)
    try {
      const packet = await until('the packet', arrived, 300)
      return `${packet.address}:${packet.port}`
    } catch {
      return undefined
    }
  }

  async function open(...hosts: readonly Host[]): Promise<void> {
    for (const { space } of hosts) await (await space.insider()).udpOpen(4_000)
  }

  /** A host behind a router of its own. */
  async function home(name: string, nat: Nat, upnp = false) {
    const router = await createRouter(lab, internet, `${name}-router`, { nat, upnp })
    return { router, host: await router.host(name) }
  }

  it('has port-restricted routers: one port outside, and only who was called may call back', async () => {
    const [a, b] = [await internet.host('a'), await internet.host('b')]
    const { router, host } = await home('home', 'port-restricted')
    await open(a, b, host)
    expect(await seen(host, a)).toBe(`${router.wan.v4}:4000`)
    expect(await seen(a, host, router.wan.v4)).toBe(`${a.cable.v4}:4000`)
    expect(await seen(b, host, router.wan.v4)).toBeUndefined()
    expect(await seen(host, b)).toBe(`${router.wan.v4}:4000`)
    expect(await seen(b, host, router.wan.v4)).toBe(`${b.cable.v4}:4000`)
    expect(await (await a.space.insider()).tcpTry(4_000, router.wan.v4!, 300)).toBe('ETIMEDOUT')
    await router.flush()
    expect(await seen(a, host, router.wan.v4)).toBeUndefined()
  })

  it('has symmetric routers: another port for each destination', async () => {
    const [a, b] = [await internet.host('a'), await internet.host('b')]
    const { host } = await home('home', 'symmetric')
    await open(a, b, host)
    const ports = [await seen(host, a), await seen(host, b)]
    expect(ports.every(port => port?.startsWith('11.'))).toBe(true)
    expect(new Set([...ports, '4000']).size).toBe(3)
  })

  it('lets two port-restricted homes punch their way to each other', async () => {
    const [one, two] = [await home('one', 'port-restricted'), await home('two', 'port-restricted')]
    await open(one.host, two.host)
    expect(await seen(one.host, two.host, two.router.wan.v4)).toBeUndefined()
    expect(await seen(two.host, one.host, one.router.wan.v4)).toBe(`${two.router.wan.v4}:4000`)
    expect(await seen(one.host, two.host, two.router.wan.v4)).toBe(`${one.router.wan.v4}:4000`)
  })

  it('has homes behind two routers', async () => {
    const a = await internet.host('a')
    const carrier = await createRouter(lab, internet, 'carrier', { nat: 'port-restricted', kind: 'carrier' })
    const router = await createRouter(lab, carrier, 'router', { nat: 'port-restricted' })
    const host = await router.host('host')
    expect(router.wan.v4).toMatch(/^100\.64\./)
    await open(a, host)
    expect(await seen(host, a)).toBe(`${carrier.wan.v4}:4000`)
    expect(await seen(a, host, carrier.wan.v4)).toBe(`${a.cable.v4}:4000`)
  })

  it('joins the hosts of one LAN, and changes the address outside', async () => {
    const a = await internet.host('a')
    const { router, host } = await home('home', 'port-restricted')
    const other = await router.host('other')
    await open(a, host, other)
    expect(await seen(host, other)).toBe(`${host.cable.v4}:4000`)
    const before = router.wan.v4
    await router.wan.move()
    expect(router.wan.v4).not.toBe(before)
    expect(await seen(host, a)).toBe(`${router.wan.v4}:4000`)
    expect(await seen(a, host, before)).toBeUndefined()
  })

  it('blocks, shields, splits, cuts, and undoes it', async () => {
    const [a, b] = [await internet.host('a'), await internet.host('b')]
    await open(a, b)
    const bothWays = async () => [await seen(a, b), await seen(b, a)].map(packet => packet !== undefined)
    expect(await bothWays()).toEqual([true, true])
    await internet.block(a.cable)
    expect(await bothWays()).toEqual([false, false])
    await internet.unblock(a.cable)
    await internet.split(a.cable)
    expect(await bothWays()).toEqual([false, false])
    await internet.heal()
    expect(await bothWays()).toEqual([true, true])
    await a.cable.cut()
    expect(await bothWays()).toEqual([false, false])
    await a.cable.mend()
    // A machine that has asked in vain for its gateway asks again a second later.
    await until('the link', async () => (await bothWays()).every(Boolean))
    const c = await internet.host('c')
    await internet.shield(c.cable)
    await open(c)
    expect([await seen(a, c), await seen(c, a), await seen(a, c)].map(packet => packet !== undefined)).toEqual([
      false,
      true,
      true,
    ])
  })

  it('speaks IPv6 without translation, with a firewall in the router', async () => {
    const both = { v4: true, v6: true }
    const a = await internet.host('a', { v4: false, v6: true })
    const router = await createRouter(lab, internet, 'router', { nat: 'port-restricted', families: both })
    const host = await router.host('host')
    for (const { space } of [a, host]) await (await space.insider()).tcpListen(4_000)
    expect(await (await host.space.insider()).tcpTry(4_000, a.cable.v6!, 1_000)).toBe('connected')
    expect(await (await a.space.insider()).tcpTry(4_000, host.cable.v6!, 300)).toBe('ETIMEDOUT')
  })

  it('has routers that map ports for who asks', async () => {
    const a = await internet.host('a')
    const { router, host } = await home('home', 'port-restricted', true)
    await open(a, host)
    // NAT-PMP (RFC 6886): version 0, map UDP 4000 to 4000 for 60 seconds.
    const request = Buffer.from([0, 1, 0, 0, 15, 160, 15, 160, 0, 0, 0, 60]).toString('latin1')
    await (await host.space.insider()).udpSend(4_000, 5_351, '192.168.1.1', request)
    await until('the mapping', async () => (await seen(a, host, router.wan.v4)) !== undefined)
  })

  it('is gone when it ends, and when its process is killed', async () => {
    const spaces = async () => (await runCommand('ip', ['netns', 'list'])).split('\n')
    const module = new URL('./lab/lab.ts', import.meta.url).pathname
    const program = `
      const { createLab } = await import(${JSON.stringify(module)})
      const space = await (await createLab()).namespace('left')
      space.spawn('sleep', ['1000'])
      console.log(space.id)
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = await once(child.stdout, 'data')
    const id = String(said).trim()
    expect(await spaces()).toContain(id)
    child.kill('SIGKILL')
    await until('the end', async () => !(await spaces()).some(line => line.startsWith(id)))
  })
})
