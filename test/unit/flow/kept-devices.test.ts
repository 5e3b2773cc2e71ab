/** R13.6 of specification/rest-api.md: devices.json is taken whole, or the start says which file is spoilt. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openDevices } from '../../../src/flow/devices.ts'
import { silent } from '../../../src/observe/log.ts'
import { DataDirectoryError, type KeptFile } from '../../../src/store/kept-file.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { SEED } from '../../support/seed.ts'
import { spoilt } from '../../support/spoilt.ts'

const PATH = '/data/devices.json'
const created = '2026-11-01T10:00:00.000Z'
const whole = {
  devices: [
    { id: 'first', name: '', created, lastSeen: created },
    { id: 'a1', name: 'phone', created, lastSeen: null, sha256: 'ab'.repeat(32) },
    { id: 'b2', name: 'tablet', created, lastSeen: created, sha256: 'cd'.repeat(32) },
  ],
}

function open(text: string) {
  const file: KeptFile = {
    path: PATH,
    read: async () => text,
    write: async () => {},
    setAside: async () => PATH,
  }
  const token = async () => '0'.repeat(32)
  return openDevices({ token, renewToken: token, file, clock: createFakeClock(0), log: silent })
}

it('is taken as it was written', async () => {
  const devices = await open(JSON.stringify(whole))
  expect(devices.list().map(({ id }) => id)).toEqual(['first', 'a1', 'b2'])
})

it('whatever a hand has made of it: the devices that are in it, or a sentence that names the file', async () => {
  let refused = 0
  await fc.assert(
    fc.asyncProperty(spoilt(whole), async text => {
      try {
        const devices = await open(text)
        const named = (JSON.parse(text) as typeof whole).devices.map(({ id }) => id)
        expect(new Set(devices.list().map(({ id }) => id))).toEqual(new Set(['first', ...named]))
        for (const { created } of devices.list()) expect(Date.parse(created)).not.toBeNaN()
        await devices.stop()
      } catch (error) {
        if (!(error instanceof DataDirectoryError)) throw error
        refused++
        expect(error.message).toContain(PATH)
      }
    }),
    { seed: SEED, numRuns: 1_000 },
  )
  expect(refused).toBeGreaterThan(100)
})
