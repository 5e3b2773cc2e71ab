import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import { describe, expect, it, vi } from 'vitest'
import { knowingAbsence } from '../../../src/store/absence.ts'
import type { Database, Operation } from '../../../src/store/database.ts'
import { TABLE } from '../../../src/store/keys.ts'
import { until } from '../../support/until.ts'
import { runs } from '../event/arbitrary-events.ts'

const memory = (): Database => new MemoryLevel<Buffer, Buffer>({ keyEncoding: 'buffer', valueEncoding: 'buffer' })
const keyOf = (table: number, key: Uint8Array) => Buffer.concat([Buffer.of(table), key])
const put = (key: Buffer): Operation => ({ type: 'put', key, value: Buffer.from('there') })

/** Keys of few values, so that they come again; 32 bytes, as hashes and public keys are. */
const anyKey = fc
  .tuple(fc.constantFrom(TABLE.deletedId, TABLE.deletedAddress, TABLE.vanished, TABLE.id), fc.nat({ max: 20 }))
  .map(([table, number]) => keyOf(table, Buffer.alloc(32, number * 11)))

describe('what is known not to be there', () => {
  it.each([Number.POSITIVE_INFINITY, 0, 3])(
    'is not looked for, and all else is found as without it: after starts, read anew beyond %i',
    async maxNoted => {
      const step = fc.record({ what: fc.constantFrom('put', 'del', 'get', 'start'), key: anyKey })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
          const db = memory()
          let known = await knowingAbsence(db, maxNoted)
          for (const { what, key } of steps) {
            if (what === 'start') known = await knowingAbsence(db, maxNoted)
            else if (what === 'put') await known.batch([put(key)], { sync: false })
            else if (what === 'del') await known.batch([{ type: 'del', key }], { sync: false })
            expect(known.getSync(key)).toEqual(db.getSync(key))
          }
          await db.close()
        }),
        runs(200),
      )
    },
  )

  it('forgets what has gone when the tables are read anew', async () => {
    const db = memory()
    const known = await knowingAbsence(db, 2)
    const keys = Array.from({ length: 4 }, () => keyOf(TABLE.deletedId, randomBytes(32)))
    for (const key of keys.slice(0, 2)) await known.batch([put(key)], { sync: false })
    await known.batch([{ type: 'del', key: keys[0]! }], { sync: false })
    const asked = vi.spyOn(db, 'getSync')
    const isAsked = (key: Buffer): boolean => {
      asked.mockClear()
      known.getSync(key)
      return asked.mock.calls.length > 0
    }
    expect(isAsked(keys[0]!)).toBe(true)
    for (const key of keys.slice(2)) await known.batch([put(key)], { sync: false })
    await until('the tables read anew', async () => !isAsked(keys[0]!) || undefined)
    expect(keys.map(isAsked)).toEqual([false, true, true, true])
    await db.close()
  })

  it('costs no look-up: of many keys that are not there nearly none is asked for', async () => {
    const db = memory()
    const operations = Array.from({ length: 20_000 }, () => put(keyOf(TABLE.deletedId, randomBytes(32))))
    await db.batch(operations, { sync: false })
    let asked = 0
    const counted: Database = new Proxy(db, {
      get(target, name) {
        if (name === 'getSync') asked++
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const known = await knowingAbsence(counted)
    for (const { key } of operations) expect(known.getSync(key)).toBeDefined()
    expect(asked).toBe(operations.length)
    for (let i = 0; i < 10_000; i++) known.getSync(keyOf(TABLE.vanished, randomBytes(32)))
    // In a thousand less than one; the bound leaves room for chance.
    expect(asked - operations.length).toBeLessThan(100)
    await db.close()
  })
})
