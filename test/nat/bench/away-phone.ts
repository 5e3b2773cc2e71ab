/** A phone of a measurement: the page is installed, and what its data channels and WebSockets carry is written down. */
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { builtCommand } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { goesBy, newCode, pairPage, sees } from '../lab/away.ts'
import { startPhone } from '../lab/browser.ts'
import type { LabNode } from '../lab/lab-node.ts'
import type { Host } from '../lab/network.ts'
import type { Router } from '../lab/router.ts'
import type { Stage } from '../lab/stage.ts'

/** One message of a data channel or a WebSocket; its time in milliseconds since the page began. */
export interface Sent {
  readonly atMs: number
  readonly channel: number
  readonly isOut: boolean
  readonly bytes: number
  /** Of what goes out: the beginning, as text. */
  readonly text: string
}

export interface AwayPhone {
  readonly place: Host
  /** A new page of the installed app, as one opens it. */
  open(): Promise<Page>
  readonly page: Page
  /** Messages so far, and the round trip of the direct connection in milliseconds; undefined without one. */
  channels(): Promise<{ readonly sent: readonly Sent[]; readonly roundTripMs: number | undefined }>
  /** Bytes of packets between the phone and the public node so far, without questions and answers of STUN. */
  bytesWithHelper(): Promise<number>
}

const ORIGIN = 'http://localhost:8080/'

const WRITE_DOWN = `
  window.testSent = []
  window.testPeers = []
  let channels = 0
  const note = (channel, isOut, data) => {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)
    const text = isOut ? new TextDecoder().decode(bytes.slice(0, 40)) : ''
    window.testSent.push({ atMs: performance.now(), channel: channel.testNumber, isOut, bytes: bytes.byteLength, text })
  }
  const send = RTCDataChannel.prototype.send
  RTCDataChannel.prototype.send = function (data) { note(this, true, data); return send.call(this, data) }
  const watch = channel => { channel.testNumber = ++channels; channel.addEventListener('message', ({ data }) => note(channel, false, data)) }
  const Peer = RTCPeerConnection
  window.RTCPeerConnection = class extends Peer {
    constructor(configuration) {
      super(configuration)
      window.testPeers.push(this)
      this.addEventListener('datachannel', ({ channel }) => watch(channel))
    }
    createDataChannel(...given) { const channel = super.createDataChannel(...given); watch(channel); return channel }
  }
  const Socket = WebSocket
  window.WebSocket = class extends Socket {
    constructor(...given) { super(...given); watch(this) }
    send(data) { note(this, true, data); super.send(data) }
  }`

const READ = `(async () => {
  let roundTripMs
  for (const peer of window.testPeers) {
    if (peer.connectionState !== 'connected') continue
    for (const stat of (await peer.getStats()).values())
      if (stat.type === 'candidate-pair' && stat.nominated) roundTripMs = stat.currentRoundTripTime * 1000
  }
  return { sent: window.testSent, roundTripMs }
})()`

/** Paired with ann's node, and on the way that its router allows. @param way what the page says of it then */
export async function startAwayPhone(
  stage: Stage,
  { ann, hub }: { readonly ann: LabNode; readonly hub: LabNode },
  router: Router,
  way: string | RegExp,
): Promise<AwayPhone> {
  const { space } = router
  const place = await router.host(`${space.name}-phone`)
  const helper = hub.host.cable.v4!
  await space.nft(`table inet measured {
    chain passing {
      type filter hook forward priority 0;
      ip daddr ${helper} udp dport 20000 accept
      ip saddr ${helper} udp sport 20000 accept
      ip daddr ${helper} counter
      ip saddr ${helper} counter
    }
  }`)
  const script = join(import.meta.dirname, '../lab/serve-folder.ts')
  const folder = join(dirname(await builtCommand()), 'web')
  const host = place.space.spawn(process.execPath, [script, folder, '8080'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(host.stdout!, 'data')
  const phone = await startPhone(stage.lab, place.space)
  const page = await phone.page(ann.client.keys)
  await page.context().addInitScript(WRITE_DOWN)
  await pairPage(page, await newCode(ann, ORIGIN), space.name)
  await sees(page, 'written at home')
  await goesBy(page, way)
  await until('the service worker', () => page.evaluate('navigator.serviceWorker.controller !== null'))
  host.kill('SIGKILL')
  return {
    place,
    page,
    async open() {
      const next = await page.context().newPage()
      next.setDefaultTimeout(20_000)
      return next
    },
    channels: () => page.evaluate(READ),
    async bytesWithHelper() {
      const listing = await space.run('nft', 'list', 'table', 'inet', 'measured')
      return [...listing.matchAll(/bytes (\d+)/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
    },
  }
}
