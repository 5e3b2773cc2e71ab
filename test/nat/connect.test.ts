/** `nostrp2p connect` on a laptop behind another NAT (specification/away.md, "connect"). */
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Devices } from '../../src/wire/devices.ts'
import { draft } from '../support/drafts.ts'
import { createNodeClient } from '../support/node-client.ts'
import { builtCommand, type Run, watch } from '../support/processes.ts'
import { until } from '../support/until.ts'
import { atHome, fillWithHistory, newCode, startAwayStage } from './lab/away.ts'
import type { Host } from './lab/network.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'
import { tunnelFetch } from './lab/tunnel.ts'

const stage = useStage()
const PORT = 20_101

async function connectOn({ space }: Host, ...args: readonly string[]): Promise<Run> {
  const { folder, names } = stage().lab
  const flags = ['connect', ...args, '--port', String(PORT), '--data-dir', join(folder, space.name, 'connect')]
  const program = [
    '-c',
    'mount --bind "$0" /etc/hosts && exec "$@"',
    names.file,
    process.execPath,
    await builtCommand(),
    ...flags,
  ]
  const env = { PATH: process.env.PATH, HOME: join(folder, space.name) }
  return watch(space.spawn('sh', program, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
}

describe.skipIf(WHY_NOT)('a laptop away from home', () => {
  it('reaches the node directly, takes twenty megabytes along, outlives the relay and a restart, and is shut out', async () => {
    const { hub, ann, publicPage } = await startAwayStage(stage())
    const cafe = await stage().router('cafe')
    const laptop = await cafe.host('laptop')
    await fillWithHistory(ann, 20_000_000)
    const run = await connectOn(laptop, (await newCode(ann, publicPage)).code)
    await run.says(/connected to your node directly/, 30_000)
    const here = `http://127.0.0.1:${PORT}`
    const fetchHere = tunnelFetch(laptop.space)
    const app = createNodeClient(ann.client.keys, here, fetchHere)
    const exported = await fetchHere(`${here}/export`)
    expect(exported.status).toBe(200)
    expect((await exported.arrayBuffer()).byteLength).toBeGreaterThan(20_000_000)
    const post = await app.publish(draft.post('from the laptop'))
    await hub.client.gets(post)

    await hub.end()
    await app.publish(draft.post('without a relay'))
    await hub.start()
    await ann.end('SIGTERM')
    await until('the node is missed', async () => (await fetchHere(`${here}/status`)).status >= 500, 60_000)
    await ann.start()
    await until('the node is back', async () => (await fetchHere(`${here}/status`)).status === 200, 60_000)

    // A second one with the same code, and one without a code, say what to do.
    const other = await cafe.host('other')
    const unpaired = await connectOn(other)
    expect(await unpaired.exit).toMatchObject({ code: 2 })
    expect(unpaired.stderr()).toContain('This device is not paired with a node yet.')
    const { devices } = await atHome<Devices>(ann, '/devices')
    const own = devices.find(({ name }) => name.startsWith('connect on'))!
    await atHome(ann, `/devices/${own.id}`, 'DELETE')
    expect(await run.exit).toMatchObject({ code: 1 })
    expect(run.stderr()).toContain('does not let this device in any more')
  })

  it('is told from which way it comes: at home by the network there, behind symmetric NATs through a helper', async () => {
    const { ann, publicPage } = await startAwayStage(stage(), 'symmetric')
    const code = await newCode(ann, publicPage)
    const laptop = await ann.router.host('laptop')
    const run = await connectOn(laptop, code.code)
    await run.says(/connected to your node in this network/)
    await run.child.kill('SIGINT')
    expect(await run.exit).toMatchObject({ code: 0 })

    const hotel = await stage().router('hotel', { nat: 'symmetric' })
    await laptop.space.ip('link set eth0 down')
    await hotel.plug(laptop.space, 'eth1')
    const away = await connectOn(laptop)
    await away.says(/through a helper node/, 30_000)
    const fetchHere = tunnelFetch(laptop.space)
    const app = createNodeClient(ann.client.keys, `http://127.0.0.1:${PORT}`, fetchHere)
    await ann.client.gets(await app.publish(draft.post('from the hotel')))
    expect((await fetchHere(`http://127.0.0.1:${PORT}/export`)).status).toBe(413)
    const used = await connectOn(await hotel.host('thief'), code.code)
    expect(await used.exit).toMatchObject({ code: 1 })
    expect(used.stderr()).toContain('This pairing code was used before')
    away.child.kill('SIGINT')
    await once(away.child, 'close')
  })
})
