import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { MemoryLevel } from 'memory-level'
import { describe, expect, it } from 'vitest'
import { knowingAbsence } from '../../../src/store/absence.ts'
import type { Database, Operation } from '../../../src/store/database.ts'
import { TABLE } from '../../../src/store/keys.ts'
import { runs } from '../event/arbitrary-events.ts'

const memory = (): Database => new MemoryLevel<Buffer, Buffer>({ keyEncoding: 'buffer', valueEncoding: 'buffer' })
const keyOf = (table: number, key: Uint8Array) => Buffer.concat([Buffer.of(table), key])
const put = (key: Buffer): Operation => ({ type: 'put', key, value: Buffer.from('there') })

/** Keys of few values, so that they come again; 32 bytes, as hashes and public keys are. */
const anyKey = fc
  .tuple(fc.constantFrom(TABLE.deletedId, TABLE.deletedAddress, TABLE.vanished, TABLE.id), fc.nat({ max: 20 }))
  .map(([table, number]) => keyOf(table, Buffer.alloc(32, number * 11)))

describe('what is known not to be there', () => {
  it('is not looked for, and everything else is found as without it, over a start', async () => {
    const step = fc.record({ what: fc.constantFrom('put', 'del', 'get', 'start'), key: anyKey })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
        const db = memory()
        let known = await knowingAbsence(db)
        for (const { what, key } of steps) {
          if (what === 'start') known = await knowingAbsence(db)
          else if (what === 'put') await known.batch([put(key)], { sync: false })
          else if (what === 'del') await known.batch([{ type: 'del', key }], { sync: false })
          expect(known.getSync(key)).toEqual(db.getSync(key))
        }
        await db.close()
      }),
      runs(200),
    )
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
