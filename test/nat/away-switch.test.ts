/** The owner's phone leaves the network of its node while posts come, and returns (specification/away.md). */
import { describe, expect, it } from 'vitest'
import { draft } from '../support/drafts.ts'
import { until } from '../support/until.ts'
import { DIRECT, goesBy, keptIds, LONG_TEXT, newCode, pairPage, sees, startAwayStage } from './lab/away.ts'
import { startPhone } from './lab/browser.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()
/** Of 30 kB each: pulls of many pages. */
const EACH_TIME = 60

describe.skipIf(WHY_NOT)('a phone that goes out and comes back', () => {
  it('loses nothing of what is pulled meanwhile', async () => {
    const { ann } = await startAwayStage(stage())
    const cafe = await stage().router('cafe')
    await cafe.host('somebody')
    const place = await ann.router.host('phone')
    const phone = await startPhone(stage().lab, place.space)
    const page = await phone.page(ann.client.keys)
    const origin = `http://${ann.host.cable.v4}:20001/`
    await pairPage(page, await newCode(ann, origin), 'Phone')
    await sees(page, 'written at home')
    expect(await page.getByText(DIRECT).count()).toBe(0)

    // Over plain http nothing is kept of a page: what leads to the node from elsewhere is loaded while it is at home.
    const isReady = `performance.getEntriesByType('resource').some(({ name }) => name.includes('/overlay-'))`
    await until('libp2p in the page', () => page.evaluate(isReady))

    const wanted = new Set<string>()
    const postMany = async (where: string, move: () => Promise<unknown>) => {
      for (let i = 0; i < EACH_TIME; i++) {
        const post = await ann.client.publish(draft.post(`${where} ${i} ${LONG_TEXT}`))
        wanted.add(post.id)
        if (i === EACH_TIME / 2) await move()
      }
      await until(`all posts of ${where}`, async () => wanted.isSubsetOf(await keptIds(page)), 60_000)
    }
    await postMany('going out', async () => {
      await place.space.ip('link set eth0 down')
      await cafe.plug(place.space, 'eth1')
    })
    await goesBy(page, DIRECT)
    await postMany('coming home', async () => {
      await place.space.ip('link set eth1 down', 'link set eth0 up', 'route replace default via 192.168.1.1')
    })
    await until('that it is at home again', async () => (await page.getByText(DIRECT).count()) === 0, 60_000)
    expect(phone.faults).toEqual([])
  })
})
