import { setTimeout as sleep } from 'node:timers/promises'
import { startCountingProxy } from '../counting-proxy.ts'
import { buildPackage, startNodeProcess } from '../node-process.ts'
import { post, writer } from '../posts.ts'
import { connectClient } from '../raw-client.ts'
import { goalAtMost, originalAtMost, type Table } from '../table.ts'
import { untilPeers, untilStored } from '../watch.ts'

const PER_SECOND = 20

export const link: Table = {
  name: 'link',
  title: 'TCP payload on a link per broadcast post',
  how: `Two nodes as processes, joined through a proxy that counts payload in both directions; posts of 140 characters, ${PER_SECOND} a second, everything included but the handshake.`,
  async measure(run) {
    await buildPackage(run)
    const [alice, bob] = [writer('alice'), writer('bob')]
    const { workspace } = run
    const a = await startNodeProcess(workspace, { owner: alice.pubkey, dataDir: workspace.folder('a') })
    const proxy = await startCountingProxy(a.overlayPort)
    const b = await startNodeProcess(workspace, {
      owner: bob.pubkey,
      dataDir: workspace.folder('b'),
      bootstraps: [proxy.port],
    })
    const [atA, atB] = [await connectClient(a.clientPort), await connectClient(b.clientPort)]
    await untilPeers(atB, 1)
    // Hellos, announcements and the first heartbeats.
    await sleep(3_000)
    const count = run.quick ? 60 : 300
    const events = Array.from({ length: count }, (_, i) => JSON.stringify(post(alice, i)))
    run.progress(`${count} posts`)
    const before = proxy.bytes()
    for (const event of events) {
      const { status } = await atA.request('POST', '/publish', event)
      if (status !== 200) throw new Error(`a post was answered with ${status}`)
      await sleep(1_000 / PER_SECOND)
    }
    await untilStored(atB, count)
    const bytes = (proxy.bytes() - before) / count
    atA.close()
    atB.close()
    await Promise.all([a.stop(), b.stop()])
    proxy.close()
    return [
      { what: 'bytes per post', value: bytes, unit: 'B', bound: goalAtMost(320) },
      { what: 'the same against the original', value: bytes, unit: 'B', bound: originalAtMost(403) },
    ]
  },
}
