/** The owner's phone, a real Chromium behind another NAT, and the node at home (specification/away.md). */
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isRejection } from '../../src/event/rejection.ts'
import { pairingUrl, parsePairingCode } from '../../src/wire/pairing-code.ts'
import { draft } from '../support/drafts.ts'
import { builtCommand } from '../support/processes.ts'
import { until } from '../support/until.ts'
import {
  article,
  atHome,
  CIRCUIT,
  DIRECT,
  deviceCalled,
  fillWithHistory,
  goesBy,
  keptIds,
  LONG_TEXT,
  newCode,
  pairPage,
  sees,
  startAwayStage,
  writePost,
} from './lab/away.ts'
import { startPhone } from './lab/browser.ts'
import { gets } from './lab/conversation.ts'
import { WHY_NOT } from './lab/requirements.ts'
import { useStage } from './lab/stage.ts'

const stage = useStage()
/** Posts of 30 kB; a circuit ends after 2 MiB. */
const CIRCUITFUL = 90

describe.skipIf(WHY_NOT)('a phone away from home', () => {
  it('is paired on the page of a public node, goes direct, reads, posts, likes, takes twenty megabytes along, outlives the relay and a restart, and is shut out', async () => {
    const { hub, ann, publicPage } = await startAwayStage(stage())
    const place = await (await stage().router('cafe')).host('phone')
    const phone = await startPhone(stage().lab, place.space)
    const page = await phone.page(ann.client.keys)
    const code = await newCode(ann, publicPage)
    await pairPage(page, code, 'Phone')
    await sees(page, 'written at home')
    await goesBy(page, DIRECT)

    await hub.client.publish(draft.post('live from the hub'))
    await sees(page, 'live from the hub')
    await writePost(page, 'from the cafe')
    const [posted] = await until('the post at home', async () => {
      const found = await ann.client.ask({ kinds: [1], authors: [ann.client.keys.pubkey] })
      const own = found.filter(({ content }) => content === 'from the cafe')
      return own.length > 0 && own
    })
    await gets(hub, posted!, 'the post from the cafe')
    await article(page, 'live from the hub').getByRole('button', { name: 'Like' }).click()
    await until('the like at the hub', async () => (await hub.client.pull()).some(({ kind }) => kind === 7))

    // A code works once, and only the right one.
    const stranger = await phone.page(ann.client.keys)
    await pairPage(stranger, code, 'Again')
    await stranger.getByText('This code has let a device in already').waitFor()
    const parsed = parsePairingCode(code.code)
    if (isRejection(parsed)) throw new Error(parsed.reason)
    const wrong = pairingUrl({ ...parsed, secret: new Uint8Array(16) }, publicPage)
    await stranger.goto('about:blank')
    await pairPage(stranger, { ...code, url: wrong }, 'Wrong')
    await stranger.getByText('The node does not know this code').waitFor()
    await stranger.close()

    await fillWithHistory(ann, 20_000_000)
    await page.evaluate(`location.assign('#/settings/backup')`)
    const downloading = page.waitForEvent('download', { timeout: 60_000 })
    await page.getByRole('button', { name: 'Export to a file' }).click()
    expect((await stat(await (await downloading).path())).size).toBeGreaterThan(20_000_000)
    await page.evaluate(`location.assign('#/home')`)

    await hub.end()
    await ann.client.publish(draft.post('without a relay'))
    await sees(page, 'without a relay', 60_000)
    await goesBy(page, DIRECT)
    await hub.start()
    await ann.end()
    await ann.start()
    await ann.client.publish(draft.post('after the restart'))
    await sees(page, 'after the restart', 60_000)

    const { id } = await deviceCalled(ann, 'Phone')
    await atHome(ann, `/devices/${id}`, 'DELETE')
    await page.getByRole('heading', { name: 'This device was shut out' }).waitFor({ timeout: 30_000 })
    expect(await page.getByText('after the restart').count()).toBe(0)
    // Nothing else is disturbed.
    await ann.client.publish(draft.post('without the phone'))
    expect(phone.faults).toEqual([])
  })

  it('behind a symmetric NAT stays on the circuit and works, also where the installed page is started offline', async () => {
    const { hub, ann } = await startAwayStage(stage(), 'symmetric')
    const place = await (await stage().router('hotel', { nat: 'symmetric' })).host('phone')
    const folder = join(dirname(await builtCommand()), 'web')
    const script = join(import.meta.dirname, 'lab/serve-folder.ts')
    const host = place.space.spawn(process.execPath, [script, folder, '8080'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(host.stdout!, 'data')
    const phone = await startPhone(stage().lab, place.space)
    const page = await phone.page(ann.client.keys)
    await pairPage(page, await newCode(ann, 'http://localhost:8080/'), 'Phone')
    await sees(page, 'written at home')
    await goesBy(page, CIRCUIT)
    await writePost(page, 'from the hotel')
    await hub.client.publish(draft.post('hello hotel'))
    await sees(page, 'hello hotel')
    expect(await page.evaluate('isSecureContext')).toBe(true)

    // More than one circuit carries: the relay cuts it, and the page takes the next one.
    const long = new Set<string>()
    for (let i = 0; i < CIRCUITFUL; i++) {
      const { id } = await ann.client.publish(draft.post(`long ${i} ${LONG_TEXT}`))
      long.add(id)
    }
    await until('all of it in the page', async () => long.isSubsetOf(await keptIds(page)), 60_000)
    await goesBy(page, CIRCUIT)

    // Installed: what is kept starts without the place that it came from, and connects by itself.
    await until('the service worker', () => page.evaluate('navigator.serviceWorker.controller !== null'))
    host.kill('SIGKILL')
    await ann.client.publish(draft.post('written meanwhile'))
    await page.goto('http://localhost:8080/')
    await sees(page, 'written meanwhile')
    await goesBy(page, CIRCUIT)
    expect(phone.faults).toEqual([])
  })
})
