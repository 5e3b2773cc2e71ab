/** Relays that die, vanish and move: what people say arrives all the same. */
import { describe, expect, it } from 'vitest'
import { draft } from '../support/drafts.ts'
import { until } from '../support/until.ts'
import { areDirect, areRelayed, gather, gets, isConnected, talk } from './lab/conversation.ts'
import { elapse, type LabNode, startAll } from './lab/lab-node.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()

/** Homes between which there is no direct way. */
async function distantHomes(hub: LabNode, elastic = false) {
  const options = { nat: 'symmetric', elastic } as const
  const [ann, ben] = [await stage().home('ann', options), await stage().home('ben', options)]
  await hub.start()
  await startAll(ann, ben)
  await gather(hub, ann, ben)
  await talk(ann, ben, [hub])
  return { ann, ben }
}

describe.skipIf(WHY_NOT)('a relay', () => {
  it('that is killed is not missed by who is connected directly, and serves again as soon as it is back', async () => {
    const hub = await stage().publicNode('hub')
    const [ann, ben, sam] = [
      await stage().home('ann'),
      await stage().home('ben'),
      await stage().home('sam', { nat: 'symmetric' }),
    ]
    await hub.start()
    await startAll(ann, ben, sam)
    await gather(hub, ann, ben, sam)
    await talk(ann, ben, [hub, sam])
    await talk(ann, sam, [hub, ben])
    await areDirect(ann, ben)
    await areRelayed(ann, sam)
    const post = await ann.client.publish(draft.post('who is there?'))
    await gets(sam, post, 'the post')
    await hub.end()
    await talk(ann, ben)
    const like = await sam.client.publish(draft.like(post))
    await hub.start()
    await gets(ann, like, 'the like of sam while the relay was away')
    await gather(hub, ann, ben, sam)
    await talk(ann, sam, [hub, ben])
  })

  it('that comes back at another address is found by its name', async () => {
    const hub = await stage().publicNode('hub')
    const { ann, ben } = await distantHomes(hub)
    await hub.end()
    await hub.host.cable.move()
    stage().lab.names.set('hub.example', hub.host.cable.v4!)
    await hub.start()
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
  })

  it('that nobody could reach for ten minutes is used again within a minute', async () => {
    const hub = await stage().publicNode('hub', { elastic: true })
    const { ann, ben } = await distantHomes(hub, true)
    const all = [hub, ann, ben]
    await stage().internet.block(hub.host.cable)
    await elapse(all, 600)
    expect(await isConnected(ann, hub)).toBe(false)
    await stage().internet.unblock(hub.host.cable)
    let seconds = 0
    await until('that both are back', async () => {
      await elapse(all, 1)
      seconds++
      return (await isConnected(ann, hub)) && (await isConnected(ben, hub))
    })
    expect(seconds).toBeLessThanOrEqual(60)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
  })
})
