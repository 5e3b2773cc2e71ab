/** A client that was away while the last thousand events came (NIP-77). */
import { bytesToHex, hexToBytes } from '../../src/event/hex.ts'
import { isRejection } from '../../src/event/rejection.ts'
import { idSetOf } from '../../src/wire/id-set.ts'
import { firstMessage, readAnswer } from '../../src/wire/negentropy.ts'
import { connect } from './connection.ts'
import { FIRST_SECOND, STEP_SECONDS } from './events.ts'
import { atLeast, atMost, type Part } from './part.ts'

const MISSING = 1_000
const MAX_BYTES = 60_000

export const negentropy: Part = {
  name: 'negentropy',
  needs: 'filled',
  async measure({ relay, events, progress }) {
    progress('reconciling')
    const connection = await connect(relay.url)
    const created = (i: number) => FIRST_SECOND + i * STEP_SECONDS
    const set = idSetOf(events.slice(0, -MISSING).map(({ id }, i) => ({ id, created_at: created(i) })))
    const filter = { kinds: [1], until: created(events.length) }
    const onSocket = connection.bytes()
    const startMs = performance.now()
    let rounds = 0
    let bytes = 0
    let needed = 0
    for (let next: Uint8Array | undefined = firstMessage(set); next !== undefined; ) {
      const message: readonly unknown[] =
        rounds === 0 ? ['NEG-OPEN', 'n', filter, bytesToHex(next)] : ['NEG-MSG', 'n', bytesToHex(next)]
      const answers = Promise.race(['NEG-MSG', 'NEG-ERR', 'NOTICE'].map(type => connection.next(type)))
      connection.send(JSON.stringify(message))
      const answer = await answers
      if (answer[0] !== 'NEG-MSG') {
        await connection.close()
        progress(`no negentropy: ${String(answer.at(-1))}`)
        return []
      }
      const reply = hexToBytes(String(answer[2]))
      const found = readAnswer(set, reply, MAX_BYTES)
      if (isRejection(found)) throw new Error(found.reason)
      rounds += 1
      bytes += next.length + reply.length
      needed += found.need.length
      next = found.next
    }
    const tookMs = performance.now() - startMs
    connection.send('["NEG-CLOSE","n"]')
    const transferred = connection.bytes() - onSocket
    await connection.close()
    const what = `negentropy, ${MISSING.toLocaleString('en')} missing`
    return [
      { what: `${what}: found`, value: needed, unit: '', goal: atLeast(MISSING) },
      { what: `${what}: round trips`, value: rounds, unit: '', goal: atMost(4) },
      { what: `${what}: messages`, value: bytes / 1024, unit: 'KiB', goal: atMost(40) },
      { what: `${what}: on the socket, as hex`, value: transferred / 1024, unit: 'KiB' },
      { what: `${what}: took`, value: tookMs, unit: 'ms' },
    ]
  },
}
