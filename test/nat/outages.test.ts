/** No node is special: the network stands without its bootstraps, and grows together after a split. */
import { describe, expect, it } from 'vitest'
import { draft } from '../support/drafts.ts'
import { until } from '../support/until.ts'
import { areDirect, gather, gets, isConnected, talk } from './lab/conversation.ts'
import { elapse, startAll } from './lab/lab-node.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()

describe.skipIf(WHY_NOT)('a network', () => {
  it('whose bootstraps are all gone goes on, and takes in a home that was restarted', async () => {
    const boot = ['hub.example:20000', 'hub2.example:20000']
    const [hub, hub2] = [await stage().publicNode('hub'), await stage().publicNode('hub2', { boot: boot.slice(0, 1) })]
    const east = await stage().publicNode('east', { boot })
    const [ann, ben] = [await stage().home('ann', { boot }), await stage().home('ben', { boot, nat: 'symmetric' })]
    await hub.start()
    await startAll(hub2, east)
    await startAll(ann, ben)
    await gather(hub, hub2, east, ann, ben)
    await talk(ann, ben, [hub, hub2, east])
    await until(
      'that both know the third',
      async () => (await isConnected(ann, east)) && (await isConnected(ben, east)),
    )
    await Promise.all([hub.end(), hub2.end()])
    await gather(east, ann, ben)
    await talk(ann, ben, [east])
    await ann.end()
    await ann.start()
    await gather(east, ann, ben)
    await talk(ann, ben, [east])
  })

  it('that was cut into two halves for ten minutes heals by itself', async () => {
    const elastic = true
    const boot = ['hub.example:20000', 'west.example:20000']
    const [hub, east] = [
      await stage().publicNode('hub', { elastic }),
      await stage().publicNode('east', { boot, elastic }),
    ]
    const [west, west2] = [
      await stage().publicNode('west', { boot, elastic }),
      await stage().publicNode('west2', { boot, elastic }),
    ]
    const [ann, ben] = [
      await stage().home('ann', { elastic }),
      await stage().home('ben', { boot: ['west.example:20000'], elastic }),
    ]
    const all = [hub, east, west, west2, ann, ben]
    await hub.start()
    await startAll(east, west, west2)
    await startAll(ann, ben)
    await gather(...all)
    await talk(ann, ben, [hub, east, west, west2])
    const post = await ben.client.publish(draft.post('before'))
    await gets(ann, post, 'the post')
    await stage().internet.split(hub.host.cable, east.host.cable, ann.router.wan)
    await elapse(all, 600)
    // On a busy machine an answer may come seconds late by clocks that run fifty times as fast.
    const neighbours = [
      [hub, east],
      [hub, ann],
      [west, west2],
      [west, ben],
    ] as const
    await until('that each half is whole', async () => {
      await elapse(all, 1)
      return (await Promise.all(neighbours.map(([one, two]) => isConnected(one, two)))).every(Boolean)
    })
    const like = await ann.client.publish(draft.like(post))
    const [here, there] = [await ann.client.publish(draft.post('here')), await ben.client.publish(draft.post('there'))]
    await gets(east, here, 'the post of its half')
    await gets(west2, there, 'the post of its half')
    expect(await isConnected(hub, west)).toBe(false)
    await stage().internet.heal()
    await until('that the halves meet', async () => {
      await elapse(all, 1)
      return (await ben.client.ask({ ids: [like.id] })).length === 1
    })
    await gather(...all)
    await talk(ann, ben, [hub, east, west, west2])
  })
})

describe.skipIf(WHY_NOT)('two nodes in one flat', () => {
  it('find each other without any bootstrap and without the Internet', async () => {
    const router = await stage().router('router')
    await router.wan.cut()
    const [ann, ben] = [
      await stage().node(await router.host('ann'), 'ann'),
      await stage().node(await router.host('ben'), 'ben'),
    ]
    await startAll(ann, ben)
    await gather(ann, ben)
    await talk(ann, ben)
    await areDirect(ann, ben)
  })

  it('stay apart when they were told not to look for each other', async () => {
    const router = await stage().router('router')
    const flags = ['--mdns', 'false']
    const [ann, ben] = [
      await stage().node(await router.host('ann'), 'ann', { flags, elastic: true }),
      await stage().node(await router.host('ben'), 'ben', { elastic: true }),
    ]
    await startAll(ann, ben)
    await elapse([ann, ben], 120)
    expect((await ann.status()).peers).toEqual([])
    expect((await ben.status()).peers).toEqual([])
  })
})
