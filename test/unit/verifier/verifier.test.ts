import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { VerifiedEvent } from '../../../src/event/event.ts'
import { checkWithNoble } from '../../../src/event/noble.ts'
import { isRejection, type Rejection } from '../../../src/event/rejection.ts'
import { findNativeLibrary } from '../../../src/verifier/native.ts'
import { createVerifier, type Verifier, type VerifierOptions } from '../../../src/verifier/verifier.ts'
import { checkWithWasm } from '../../../src/verifier/wasm.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { cpuTimeMs } from '../../support/cpu-time.ts'
import { personFrom, signedEvent } from '../../support/events.ts'
import { temporaryDirectory } from '../../support/test-node.ts'
import { until } from '../../support/until.ts'

const alice = personFrom('alice')
const good = Array.from({ length: 40 }, (_, i) => signedEvent(alice, { content: `post ${i}` }))
const forged = good.map((event, i) => ({ ...event, sig: good[(i + 1) % good.length]!.sig }))

const cleanUp = useCleanUp()
function start(options: VerifierOptions = {}): Verifier {
  const verifier = createVerifier(options)
  cleanUp.add(() => verifier.stop())
  return verifier
}
const name = (outcome: VerifiedEvent | Rejection) => (isRejection(outcome) ? outcome.rejected : 'good')
/** A worker's file that does this. */
async function workerThat(does: string): Promise<URL> {
  const file = join(await temporaryDirectory(cleanUp), 'worker.mjs')
  await writeFile(file, does)
  return pathToFileURL(file)
}

describe('the verifier', () => {
  it.each([1, 4, 5, 40])('tells good from forged signatures, %i at once', async count => {
    const verifier = start()
    const mixed = good.slice(0, count).flatMap((event, i) => [event, forged[i]!])
    const outcomes = await Promise.all(mixed.map(event => verifier.verify(event, 'offered')))
    expect(outcomes.map(name)).toEqual(mixed.map((_, i) => (i % 2 === 0 ? 'good' : 'bad-signature')))
    expect(verifier.waiting()).toBe(0)
  })

  it('agrees with plain JavaScript on keys that are no points, and on signatures out of range', () => {
    const [event] = good
    for (const [sig, id, pubkey] of [
      [event!.sig, event!.id, 'f'.repeat(64)],
      [event!.sig, event!.id, '0'.repeat(64)],
      ['f'.repeat(128), event!.id, event!.pubkey],
      ['0'.repeat(128), event!.id, event!.pubkey],
      [event!.sig, event!.id, event!.pubkey],
    ] as const) {
      expect(checkWithWasm(sig, id, pubkey)).toBe(checkWithNoble(sig, id, pubkey))
    }
  })

  it('starts its thread before there is anything to check when it is told to, and stops it', async () => {
    const trace = join(await temporaryDirectory(cleanUp), 'started')
    const verifier = start({
      workerFile: await workerThat(`import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(trace)}, '')
        setInterval(() => {}, 1000)`),
    })
    verifier.prepare()
    await until('the thread', () => existsSync(trace) || undefined)
    await verifier.stop()
  })

  it('ends a thread that was not wanted for a while, and starts another when there is something to check', async () => {
    const verifier = start()
    const check = async () => (await Promise.all(good.map(event => verifier.verify(event, 'wanted')))).map(name)
    const threads = () => process.getActiveResourcesInfo().filter(kind => kind === 'MessagePort').length
    const before = threads()
    verifier.prepare()
    verifier.endUnused()
    expect(await check()).toEqual(good.map(() => 'good'))
    const during = threads()
    verifier.endUnused()
    verifier.endUnused()
    await until('its end', () => threads() === before || undefined)
    expect(during).toBeGreaterThan(before)
    expect(await check()).toEqual(good.map(() => 'good'))
  })

  it('checks a few in place, without a thread', async () => {
    const verifier = start({ workerFile: await workerThat('process.exit(1)') })
    const outcomes = await Promise.all(good.slice(0, 4).map(event => verifier.verify(event, 'wanted')))
    expect(outcomes.map(name)).toEqual(['good', 'good', 'good', 'good'])
  })

  it('does not hold the event loop up while it checks many', async () => {
    const verifier = start()
    const checks = Promise.all(
      Array.from({ length: 40 }, () => good)
        .flat()
        .map(event => verifier.verify(event, 'offered')),
    )
    let longestMs = 0
    let isDone = false
    void checks.then(() => {
      isDone = true
    })
    while (!isDone) {
      const beforeMs = cpuTimeMs()
      await turn()
      longestMs = Math.max(longestMs, cpuTimeMs() - beforeMs)
    }
    // 1,600 signatures take some 200 ms in one go.
    expect(longestMs).toBeLessThan(80)
    expect((await checks).every(outcome => !isRejection(outcome))).toBe(true)
  })
})

describe('under load', () => {
  it('checks what is wanted in place while the worker is busy, and leaves what is offered to it', async () => {
    const silent = "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {})"
    const verifier = start({ workerFile: await workerThat(silent) })
    const offered = good.map(event => verifier.verify(event, 'offered'))
    await turn()
    expect(verifier.waiting()).toBe(good.length)
    const more = good.slice(0, 10).map(event => verifier.verify(event, 'offered'))
    const wanted = [...good, ...forged].map(event => verifier.verify(event, 'wanted'))
    expect((await Promise.all(wanted)).map(name)).toEqual([
      ...good.map(() => 'good'),
      ...forged.map(() => 'bad-signature'),
    ])
    expect(verifier.waiting()).toBe(good.length + 10)
    await verifier.stop()
    expect((await Promise.all([...offered, ...more])).map(name)).toEqual(Array(50).fill('overloaded'))
  })

  it('gives up what is offered beyond the bound, and counts it', async () => {
    let shed = 0
    const verifier = start({ maxWaiting: 10, onShed: () => void shed++ })
    const outcomes = await Promise.all(good.map(event => verifier.verify(event, 'offered')))
    expect(outcomes.map(name)).toEqual([...Array(10).fill('good'), ...Array(30).fill('overloaded')])
    expect(shed).toBe(30)
  })

  it('gives up the newest offered one for a wanted one', async () => {
    let shed = 0
    const verifier = start({ maxWaiting: 10, onShed: () => void shed++ })
    const offered = good.slice(0, 10).map(event => verifier.verify(event, 'offered'))
    const wanted = good.slice(10, 13).map(event => verifier.verify(event, 'wanted'))
    expect((await Promise.all(offered)).map(name)).toEqual([...Array(7).fill('good'), ...Array(3).fill('overloaded')])
    expect((await Promise.all(wanted)).map(name)).toEqual(['good', 'good', 'good'])
    expect(shed).toBe(3)
  })

  it('gives up a wanted one where only wanted ones wait', async () => {
    const verifier = start({ maxWaiting: 3 })
    const outcomes = await Promise.all(good.slice(0, 5).map(event => verifier.verify(event, 'wanted')))
    expect(outcomes.map(name)).toEqual(['good', 'good', 'good', 'overloaded', 'overloaded'])
  })

  it('checks what is wanted before what is offered', async () => {
    const verifier = start()
    const order: string[] = []
    const offered = Array.from({ length: 3 }, () => good)
      .flat()
      .map(event => verifier.verify(event, 'offered').then(() => order.push('offered')))
    const wanted = good.slice(0, 5).map(event => verifier.verify(event, 'wanted').then(() => order.push('wanted')))
    await Promise.all([...offered, ...wanted])
    expect(order.slice(0, 5)).toEqual(Array(5).fill('wanted'))
  })
})

describe('when the worker fails', () => {
  it.each([
    [
      'dies of an error',
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('x') })",
    ],
    [
      'ends without one',
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(0))",
    ],
    ['ends at its start', 'process.exit(1)'],
    ['cannot be read', 'this is no JavaScript'],
  ])('and %s, everything is checked all the same', async (_name, does) => {
    const verifier = start({ workerFile: await workerThat(does) })
    for (let round = 0; round < 2; round++) {
      const outcomes = await Promise.all([...good, ...forged].map(event => verifier.verify(event, 'offered')))
      expect(outcomes.map(name)).toEqual([...good.map(() => 'good'), ...forged.map(() => 'bad-signature')])
    }
    await until('nothing to wait', () => verifier.waiting() === 0)
  })

  it('and its file is not there, everything is checked all the same', async () => {
    const nowhere = pathToFileURL(join(await mkdtemp(join(tmpdir(), 'nostrp2p-')), 'nothing.mjs'))
    const verifier = start({ workerFile: nowhere })
    const outcomes = await Promise.all(good.map(event => verifier.verify(event, 'offered')))
    expect(outcomes.every(outcome => !isRejection(outcome))).toBe(true)
  })

  it('and cannot be made, everything is checked all the same', async () => {
    const verifier = start({ workerFile: new URL('https://example.invalid/worker.js') })
    const outcomes = await Promise.all(good.map(event => verifier.verify(event, 'offered')))
    expect(outcomes.every(outcome => !isRejection(outcome))).toBe(true)
  })
})

describe('stopping', () => {
  it('gives up what waits and what the worker has, at once, and takes nothing more', async () => {
    const silentWorker = await workerThat(
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => {})",
    )
    const verifier = start({ workerFile: silentWorker })
    const all = Promise.all(
      Array.from({ length: 4 }, () => good)
        .flat()
        .map(event => verifier.verify(event, 'offered')),
    )
    await turn()
    await turn()
    await verifier.stop()
    expect(new Set((await all).map(name))).toEqual(new Set(['overloaded']))
    expect(name(await verifier.verify(good[0]!, 'wanted'))).toBe('overloaded')
    expect(verifier.waiting()).toBe(0)
    await verifier.stop()
  })

  it('lets a thread load what it has begun to load: koffi takes the whole process along otherwise', async () => {
    const trace = join(await temporaryDirectory(cleanUp), 'loaded')
    const verifier = start({
      workerFile: await workerThat(`import fs from 'node:fs'; import { parentPort } from 'node:worker_threads'
        for (const endMs = Date.now() + 300; Date.now() < endMs; );
        fs.writeFileSync(${JSON.stringify(trace)}, '')
        parentPort.on('message', message => { if (message === 'end') parentPort.close() })`),
    })
    verifier.prepare()
    await verifier.stop()
    expect(existsSync(trace)).toBe(true)
  })

  it.runIf(findNativeLibrary())('at any moment of its start harms nobody, with the native library', async () => {
    for (let ms = 0; ms < 40; ms += 2) {
      const verifier = start({ library: findNativeLibrary() })
      verifier.prepare()
      await pause(ms)
      await verifier.stop()
    }
  })

  it('of one that never worked does nothing', async () => {
    await start().stop()
  })
})
