/** Routers that help, forget, and change their address: what people say arrives all the same. */
import { describe, expect, it } from 'vitest'
import { draft } from '../support/drafts.ts'
import { areDirect, gather, gets, talk, transportsBetween } from './lab/conversation.ts'
import { startAll } from './lab/lab-node.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()

describe.skipIf(WHY_NOT)('a home', () => {
  it.each([
    { by: 'UPnP', natPmp: false },
    { by: 'NAT-PMP', natPmp: true },
  ])(
    'whose router maps ports by $by is connected to directly, by a home with symmetric NAT too',
    async ({ natPmp }) => {
      const hub = await stage().publicNode('hub')
      await hub.start()
      const [ann, ben] = [
        await stage().home('ann', { upnp: true, natPmp }),
        await stage().home('ben', { nat: 'symmetric' }),
      ]
      await startAll(ann, ben)
      await gather(hub, ann, ben)
      await talk(ann, ben, [hub])
      await areDirect(ann, ben)
      expect(await transportsBetween(ben, ann)).toEqual(['tcp'])
      await talk(ann, ben, [hub])
    },
  )

  it('whose router restarts and has forgotten everything goes on, with and without a relay', async () => {
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
    for (const { router } of [ann, sam]) await router.wan.cut()
    for (const { router } of [ann, sam]) {
      await router.flush()
      await router.wan.mend()
    }
    await gather(hub, ann, ben, sam)
    await talk(ann, ben, [hub, sam])
    await talk(ann, sam, [hub, ben])
  })

  it('whose address outside changes is connected again within 15 seconds', async () => {
    const hub = await stage().publicNode('hub')
    const [ann, ben] = [await stage().home('ann'), await stage().home('ben')]
    await hub.start()
    await startAll(ann, ben)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
    await areDirect(ann, ben)
    const post = await ben.client.publish(draft.post('before'))
    await gets(ann, post, 'the post')
    await ann.router.wan.move()
    await ann.router.flush()
    const reply = await ben.client.publish(draft.reply(post, [ann.client.keys.pubkey], 'are you there?'))
    await gets(ann, reply, 'the reply', 15_000)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
  })
})
