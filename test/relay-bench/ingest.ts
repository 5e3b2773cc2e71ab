/**
 * Signed events over four connections, 64 of each under way, until each has its OK. A relay is measured as it runs, not as
 * it starts: it gets some events of somebody else first, and time to come to rest.
 */
import { percentile } from '../bench/statistics.ts'
import { connect } from './connection.ts'
import { type SampleEvent, warmUpEvents } from './events.ts'
import { atMost, type Part, timesRival } from './part.ts'
import type { Relay } from './relays.ts'
import { atRest } from './rest.ts'

const CONNECTIONS = 4
const UNDER_WAY = 64
const EVENTS = 20_000
const QUICK_EVENTS = 2_000
/** Until the code of a program that was just started is compiled; the same for every relay. */
const WARM_UP = 2_000
/** The rival does some 350 a second; its rate does not change with the number. */
const LONGEST_MS = 25_000

export function ingest(verifier: 'wasm' | 'native'): Part {
  const times = verifier === 'wasm' ? 15 : 25
  return {
    name: verifier === 'wasm' ? 'ingest' : 'ingest-native',
    needs: 'empty',
    async measure({ relay, events, quick, progress }) {
      progress('warming it up')
      await publishAll(relay, warmUpEvents(WARM_UP))
      await atRest(relay)
      progress('sending events')
      const sent = await publishAll(relay, events.slice(0, quick ? QUICK_EVENTS : EVENTS), LONGEST_MS)
      const name = verifier === 'wasm' ? 'ingest' : 'ingest, native verifier'
      return [
        { what: `${name}: stored and answered`, value: sent.rate, unit: '/s', goal: timesRival(times) },
        { what: `${name}: p50 of OK`, value: percentile(sent.waitsMs, 0.5), unit: 'ms' },
        { what: `${name}: p99 of OK`, value: percentile(sent.waitsMs, 0.99), unit: 'ms', goal: atMost(60) },
        ...(sent.cpuMs === undefined
          ? []
          : [{ what: `${name}: CPU of the relay for one`, value: (sent.cpuMs / sent.count) * 1000, unit: 'µs' }]),
        { what: `${name}: CPU of the client for one`, value: (sent.ownCpuMs / sent.count) * 1000, unit: 'µs' },
      ]
    },
  }
}

/** @param longestMs after which no more are sent */
export async function publishAll(relay: Relay, events: readonly SampleEvent[], longestMs = Number.POSITIVE_INFINITY) {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(relay.url)))
  const waitsMs: number[] = []
  let next = 0
  const cpuBeforeMs = relay.cpuMs()
  const ownBefore = process.cpuUsage()
  const startMs = performance.now()
  const lane = async (lane: number) => {
    const connection = connections[lane % CONNECTIONS]!
    while (next < events.length && performance.now() - startMs < longestMs) {
      const { id, json } = events[next++]!
      const sentMs = performance.now()
      const { ok, text } = await connection.publish(id, json)
      if (!ok) throw new Error(`the relay refused an event: ${text}`)
      waitsMs.push(performance.now() - sentMs)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS * UNDER_WAY }, (_, i) => lane(i)))
  const tookMs = performance.now() - startMs
  const own = process.cpuUsage(ownBefore)
  const ownCpuMs = (own.user + own.system) / 1000
  const cpuMs = cpuBeforeMs === undefined ? undefined : relay.cpuMs()! - cpuBeforeMs
  await Promise.all(connections.map(connection => connection.close()))
  return { rate: (waitsMs.length / tookMs) * 1000, waitsMs, count: waitsMs.length, cpuMs, ownCpuMs }
}
