/** What it is like to be away: from the tap to the timeline, a pull of nothing new, and what an idle page costs. */
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buildWeb } from '../../../scripts/build-web.ts'
import { median, percentile } from '../../bench/statistics.ts'
import { goalAtMost, type Row, type Table } from '../../bench/table.ts'
import { draft } from '../../support/drafts.ts'
import { AWAY_SCRIPTS, extraScriptBytes } from '../../web/support/extra-scripts.ts'
import { article, CIRCUIT, DIRECT, goesBy, startAwayStage } from '../lab/away.ts'
import { type AwayPhone, type Sent, startAwayPhone } from './away-phone.ts'
import { onStage } from './on-stage.ts'

/** The first try of a page on a circuit begins after 10 s and lasts 8; the next one comes two minutes later. */
const SETTLE_MS = 30_000
const BUILT = resolve(import.meta.dirname, '../../../dist/web')

export const timeline: Table = {
  name: 'timeline',
  title: 'From the tap to the first timeline, away from home',
  how: 'A Chromium behind a port-restricted NAT, the node behind another, one public node; no delay is added to the network. The page is installed (service worker; where it came from is gone). Each try opens it anew, until it shows a post that the node got just before, and says that it is directly connected.',
  async measure(run) {
    const tries = run.quick ? 5 : 30
    return onStage(async stage => {
      const { hub, ann } = await startAwayStage(stage)
      const phone = await startAwayPhone(stage, { ann, hub }, await stage.router('cafe'), DIRECT)
      await phone.page.goto('about:blank')
      const shownMs: number[] = []
      const directMs: number[] = []
      for (let i = 0; i < tries; i++) {
        run.progress(`${i + 1} of ${tries}`)
        const text = `fresh post ${i}`
        await ann.client.publish(draft.post(text))
        const page = await phone.open()
        const startMs = performance.now()
        await page.goto('http://localhost:8080/', { waitUntil: 'commit' })
        await article(page, text).waitFor()
        shownMs.push(performance.now() - startMs)
        await goesBy(page, DIRECT)
        directMs.push(performance.now() - startMs)
        await page.close()
      }
      return [
        { what: 'post shown, p50', value: median(shownMs), unit: 'ms', bound: goalAtMost(2_500) },
        { what: 'post shown, p99', value: percentile(shownMs, 0.99), unit: 'ms', bound: goalAtMost(6_000) },
        { what: 'direct, p50', value: median(directMs), unit: 'ms', bound: goalAtMost(2_500) },
        { what: 'direct, p99', value: percentile(directMs, 0.99), unit: 'ms', bound: goalAtMost(6_000) },
      ]
    })
  },
}

export const idle: Table = {
  name: 'idle',
  title: 'A page away from home in which nothing happens, with a pull every ten seconds',
  how: "Two phones at the same node, one directly connected, one through the public node (symmetric NAT). Messages: what the page sends and gets on data channels and WebSockets, libp2p's own among them. Packets: IP bytes of the phone's cable, both directions. A pull: bytes of its messages on the data channel (HTTP and libp2p's framing, before SCTP, DTLS, UDP and IP), and the time from the request to the end of the answer, less the round trip that WebRTC measures.",
  async measure(run) {
    const minutes = run.quick ? 0.5 : 1
    return onStage(async stage => {
      const { hub, ann } = await startAwayStage(stage)
      const direct = await startAwayPhone(stage, { ann, hub }, await stage.router('cafe'), DIRECT)
      const circuit = await startAwayPhone(
        stage,
        { ann, hub },
        await stage.router('hotel', { nat: 'symmetric' }),
        CIRCUIT,
      )
      // What was begun on the circuit may end there, and so may the first try for a direct way.
      run.progress('the connections settle')
      await pause(SETTLE_MS)
      const before = await Promise.all([stateOf(direct), stateOf(circuit)])
      run.progress(`${minutes} minutes of nothing`)
      await pause(minutes * 60_000)
      const after = await Promise.all([stateOf(direct), stateOf(circuit)])
      const perMinute = (phone: 0 | 1, what: 'ip' | 'helper') => (after[phone][what] - before[phone][what]) / minutes
      const { sent, roundTripMs = 0 } = await direct.channels()
      const pulls = pullsOf(sent.filter(({ atMs }) => atMs > before[0].atMs))
      return [
        { what: 'pulls looked at', value: pulls.length, unit: '' },
        ...pullRows(pulls, roundTripMs),
        {
          what: 'messages a minute, directly connected',
          value: messages(sent, before[0], after[0]) / minutes,
          unit: 'B',
          bound: goalAtMost(10_000),
        },
        {
          what: 'messages a minute, through the public node',
          value: messages((await circuit.channels()).sent, before[1], after[1]) / minutes,
          unit: 'B',
          bound: goalAtMost(10_000),
        },
        {
          what: 'packets a minute, directly connected',
          value: perMinute(0, 'ip'),
          unit: 'B',
        },
        {
          what: 'of them between phone and public node, but for STUN',
          value: perMinute(0, 'helper'),
          unit: 'B',
          bound: goalAtMost(0),
        },
        {
          what: 'packets a minute, through the public node',
          value: perMinute(1, 'ip'),
          unit: 'B',
        },
      ]
    })
  },
}

export const script: Table = {
  name: 'script',
  title: 'Script that is loaded for being away',
  how: 'The built page: libp2p and all that is loaded with it, as gzip, beside the script of the first screen.',
  async measure() {
    await buildWeb(BUILT)
    return [{ what: 'gzip', value: extraScriptBytes(BUILT, AWAY_SCRIPTS), unit: 'B', bound: goalAtMost(150_000) }]
  },
}

interface Moment {
  readonly atMs: number
}

/** Bytes of the messages between two moments. */
function messages(sent: readonly Sent[], before: Moment, after: Moment): number {
  return sumOf(sent.filter(({ atMs }) => atMs > before.atMs && atMs <= after.atMs))
}

function sumOf(sent: readonly Sent[]): number {
  return sent.reduce((sum, { bytes }) => sum + bytes, 0)
}

interface Pull {
  readonly ms: number
  readonly bytes: number
}

/** The requests for what is new, each with its answer. */
function pullsOf(sent: readonly Sent[]): Pull[] {
  const asked = sent.filter(({ isOut, text }) => isOut && text.includes('/req'))
  return asked.flatMap(({ atMs, channel }) => {
    const next = sent.find(
      other => other.atMs > atMs && other.channel === channel && other.isOut && other.text.includes(' /'),
    )
    const mine = sent.filter(
      one => one.channel === channel && one.atMs >= atMs && one.atMs < (next?.atMs ?? atMs + 5_000) && one.bytes > 0,
    )
    const answers = mine.filter(({ isOut }) => !isOut)
    if (answers.length === 0) return []
    return [{ ms: answers.at(-1)!.atMs - atMs, bytes: sumOf(mine) }]
  })
}

function pullRows(pulls: readonly Pull[], roundTripMs: number): Row[] {
  const times = pulls.map(({ ms }) => Math.max(0, ms - roundTripMs))
  return [
    {
      what: 'a pull of nothing new beyond the round trip, median',
      value: median(times),
      unit: 'ms',
      bound: goalAtMost(150),
    },
    { what: 'the same, slowest', value: Math.max(...times), unit: 'ms' },
    {
      what: 'its bytes on the data channel, median',
      value: median(pulls.map(({ bytes }) => bytes)),
      unit: 'B',
      bound: goalAtMost(400),
    },
  ]
}

async function stateOf(phone: AwayPhone): Promise<{ ip: number; helper: number; atMs: number }> {
  const [ip, helper, atMs] = await Promise.all([
    phone.place.cable.bytes(),
    phone.bytesWithHelper(),
    phone.page.evaluate<number>('performance.now()'),
  ])
  return { ip, helper, atMs }
}
