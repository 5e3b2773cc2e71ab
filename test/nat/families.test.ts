/** IPv6 alone, and both families side by side. */
import { describe, it } from 'vitest'
import { areDirect, areRelayed, gather, talk } from './lab/conversation.ts'
import type { Families } from './lab/internet.ts'
import { startAll } from './lab/lab-node.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const ONLY_4: Families = { v4: true, v6: false }
const ONLY_6: Families = { v4: false, v6: true }
const BOTH: Families = { v4: true, v6: true }

const stage = useStage()

describe.skipIf(WHY_NOT)('homes with IPv6', () => {
  it('and nothing else find a direct way through the firewalls of their routers', async () => {
    const families = ONLY_6
    const hub = await stage().publicNode('hub', { families })
    const [ann, ben] = [await stage().home('ann', { families }), await stage().home('ben', { families })]
    await hub.start()
    await startAll(ann, ben)
    await gather(hub, ann, ben)
    await talk(ann, ben, [hub])
    await areDirect(ann, ben)
    await talk(ann, ben, [hub])
  })

  it('and IPv4 meet homes of one family each; where there is no direct way, a public node stands between', async () => {
    const hub = await stage().publicNode('hub', { families: BOTH })
    const ann = await stage().home('ann', { families: ONLY_4 })
    const ben = await stage().home('ben', { families: ONLY_6 })
    const eve = await stage().home('eve', { families: BOTH })
    await hub.start()
    await startAll(ann, ben, eve)
    await gather(hub, ann, ben, eve)
    await talk(ann, ben, [hub, eve])
    await talk(eve, ann, [hub, ben])
    await talk(eve, ben, [hub, ann])
    await areRelayed(ann, ben)
    await areDirect(eve, ann)
    await areDirect(eve, ben)
  })
})
