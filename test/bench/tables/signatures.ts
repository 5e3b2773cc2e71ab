import { checkWithNoble } from '../../../src/event/noble.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import { type SignatureCheck, verifyEvent } from '../../../src/event/verify.ts'
import { checkWithWasm } from '../../../src/verifier/wasm.ts'
import { post, writer } from '../posts.ts'
import { cpuRateOf } from '../statistics.ts'
import { goalAtLeast, type Table } from '../table.ts'

const AUTHORS = 20
const ROUNDS = 5

export const signatures: Table = {
  name: 'signatures',
  title: 'Verified events',
  how: 'Id and signature of the same posts of 140 characters, per second of CPU time of one thread; the best of several rounds in turn.',
  async measure({ quick }) {
    const authors = Array.from({ length: AUTHORS }, (_, i) => writer(`signer ${i}`))
    const events = Array.from({ length: quick ? 200 : 600 }, (_, i) => post(authors[i % AUTHORS]!, i))
    const rate = (check: SignatureCheck) =>
      cpuRateOf(events.length, i => {
        if (isRejection(verifyEvent(events[i]!, check))) throw new Error('a good event was refused')
      })
    let [wasm, noble] = [0, 0]
    for (let round = 0; round < ROUNDS; round++) {
      wasm = Math.max(wasm, rate(checkWithWasm))
      noble = Math.max(noble, rate(checkWithNoble))
    }
    return [
      { what: 'WebAssembly (the node)', value: wasm, unit: '/s' },
      { what: '@noble/curves (the browser)', value: noble, unit: '/s' },
      { what: 'WebAssembly against @noble/curves', value: wasm / noble, unit: 'times', bound: goalAtLeast(5) },
    ]
  },
}
