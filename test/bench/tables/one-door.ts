import { isRejection } from '../../../src/event/rejection.ts'
import { verifyEvent } from '../../../src/event/verify.ts'
import { createAccept } from '../../../src/flow/accept.ts'
import { createReceive, type Receive } from '../../../src/flow/receive.ts'
import { createCounters } from '../../../src/observe/counters.ts'
import { openDiskStore } from '../../../src/store/open.ts'
import { createVerifier } from '../../../src/verifier/verifier.ts'
import { checkWithWasm } from '../../../src/verifier/wasm.ts'
import { encodeEvent } from '../../../src/wire/event-codec.ts'
import { NO_GUESTS } from '../../support/no-guests.ts'
import { nowSeconds, post, writer } from '../posts.ts'
import { cpuRateOf, rateOfParallel } from '../statistics.ts'
import { goalAtLeast, type Run, type Table } from '../table.ts'

const AUTHORS = 50
const ROUNDS = 4
/** What the verifier checks in place, and what it gives to its worker. */
const FEW = 4
const MANY = 128

export const oneDoor: Table = {
  name: 'one-door',
  title: 'Events through the one door',
  how: `Gossiped posts of 140 characters: decode, rules, id, signature, store with all indexes in LevelDB; against id and signature of the same events alone on one thread. With ${FEW} on their way the verifier works in place, with ${MANY} on its second thread; the best of several rounds in turn.`,
  async measure(run) {
    const authors = Array.from({ length: AUTHORS }, (_, i) => writer(`poster ${i}`))
    const count = run.quick ? 1_000 : 4_000
    const events = Array.from({ length: count }, (_, i) => post(authors[i % AUTHORS]!, i))
    const packets = events.map(encodeEvent)
    let [verify, few, many] = [0, 0, 0]
    for (let round = 0; round < ROUNDS; round++) {
      const verified = cpuRateOf(count, i => {
        if (isRejection(verifyEvent(events[i]!, checkWithWasm))) throw new Error('a good event was refused')
      })
      verify = Math.max(verify, verified)
      few = Math.max(few, await doorRate(run, packets, FEW))
      many = Math.max(many, await doorRate(run, packets, MANY))
    }
    return [
      { what: 'verification alone', value: verify, unit: '/s' },
      { what: `the door, ${FEW} on their way`, value: few, unit: '/s' },
      { what: `the door, ${MANY} on their way`, value: many, unit: '/s' },
      { what: `the door against verification, ${FEW}`, value: few / verify, unit: 'times', bound: goalAtLeast(0.7) },
      { what: `the door against verification, ${MANY}`, value: many / verify, unit: 'times', bound: goalAtLeast(0.7) },
    ]
  },
}

async function doorRate({ workspace }: Run, packets: readonly Uint8Array[], atOnce: number): Promise<number> {
  const bounds = { maxEvents: 1_000_000, maxBytes: 4 * 1024 ** 3 }
  const worth = { owner: () => undefined, isFollowed: () => false }
  const store = await openDiskStore(workspace.folder('door'), { ...bounds, worth, nowMs: Date.now })
  const verifier = createVerifier()
  const accept = createAccept({
    ...NO_GUESTS,
    events: store.events,
    verify: (event, priority) => verifier.verify(event, priority),
    circumstances: () => ({ owner: undefined, writable: true, nowSeconds: nowSeconds() }),
    counters: createCounters(),
  })
  const receive: Receive = createReceive({ accept, onActivity: () => {}, onDeletion: () => {} })
  try {
    return await rateOfParallel(packets.length, atOnce, async i => {
      const verdict = await receive.judgeEvent(packets[i]!, 'neighbour')
      if (verdict !== 'accept') throw new Error(`a good event got the verdict ${verdict}`)
    })
  } finally {
    await verifier.stop()
    await store.close()
  }
}
