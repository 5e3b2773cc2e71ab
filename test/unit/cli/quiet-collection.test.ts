import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createQuietCollection } from '../../../src/cli/quiet-collection.ts'

const MIB = 1024 * 1024

describe('a collection in a quiet moment', () => {
  /** Looks once for each pair of held MiB and load; at which looks was collected? */
  function collectedAt(
    looks: readonly (readonly [mib: number, load: number])[],
    forgetUnused: (at: number) => number = () => 0,
  ): number[] {
    const collected: number[] = []
    let at = 0
    const look = createQuietCollection({
      bytes: () => looks[at]![0] * MIB,
      load: () => looks[at]![1],
      forgetUnused: () => forgetUnused(at),
      collect: async () => collected.push(at),
    })
    for (; at < looks.length; at++) look()
    return collected
  }
  const quiet = (mib: number, times: number) => Array.from({ length: times }, () => [mib, 0.02] as const)
  const busy = (mib: number, times: number) => Array.from({ length: times }, () => [mib, 0.8] as const)

  test('comes after a start that left something, and not while nothing grows', () => {
    expect(collectedAt([...busy(60, 3), ...quiet(60, 30)])).toEqual([3])
    expect(collectedAt(quiet(10, 30))).toEqual([])
  })

  test('comes once after each flood, when it is over', () => {
    const given = [...quiet(60, 1), ...quiet(10, 12), ...busy(200, 20), ...quiet(200, 5), ...quiet(10, 12)]
    expect(collectedAt([...given, ...busy(190, 5), ...quiet(190, 5)])).toEqual([0, 33, 55])
  })

  test('comes when much was let go of, which it is asked for every ten looks', () => {
    const asked: number[] = []
    const forget = (at: number) => {
      asked.push(at)
      return at === 29 ? 20 * MIB : MIB
    }
    expect(collectedAt([...quiet(10, 25), ...busy(10, 3), ...quiet(10, 25)], forget)).toEqual([29])
    expect(asked).toEqual([9, 19, 29, 39, 49])
  })

  test('comes at most every fifteen seconds', () => {
    const upAndDown = Array.from({ length: 40 }, (_, i) => [i % 2 === 0 ? 10 : 100, 0] as const)
    expect(collectedAt(upAndDown)).toEqual([1, 17, 33])
  })
})

/** Fills the heap twice, lets go of all of it each time, and ends when most of the memory was given back. */
const FLOODS = `
  import { setTimeout as sleep } from 'node:timers/promises'
  import { beginCollection } from '${new URL('../../../src/cli/quiet-collection.ts', import.meta.url)}'
  const before = process.memoryUsage.rss()
  function flood() {
    const window = []
    for (let i = 0; i < 2_000_000; i++) {
      window.push({ i, text: 'x' + i })
      if (window.length === 300_000) window.splice(0, 100_000)
    }
    return process.memoryUsage.rss() - before
  }
  for (let i = 0; i < 2; i++) {
    const taken = flood()
    if (taken < ${100 * MIB}) throw new Error('a flood of ' + taken + ' bytes only')
    beginCollection()
    while (process.memoryUsage.rss() - before > taken / 2) await sleep(20)
  }
`

test('a process gives back what it took for a flood', async () => {
  const flooded = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', FLOODS], { timeout: 20_000 })
  await expect(flooded).resolves.toEqual({ stdout: '', stderr: '' })
}, 30_000)
