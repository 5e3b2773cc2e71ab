import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as config from '../../../src/config.ts'
import { BINDING_SECONDS, MAX_BINDING_SECONDS, RENEWAL_SECONDS } from '../../../src/event/binding.ts'
import { MAX_FILTER_ENTRIES } from '../../../src/event/filter.ts'
import * as event from '../../../src/event/limits.ts'
import { DOOR_LIMITS } from '../../../src/overlay/doors/doors.ts'
import { RELAY_LIMITS } from '../../../src/overlay/relays/relay.ts'
import { RELAY_LIMITS as ENDPOINT_LIMITS } from '../../../src/relay/limits.ts'
import * as wire from '../../../src/wire/limits.ts'

const SPECIFICATION = join(import.meta.dirname, '../../../specification')

/** Numbers of an object and of the objects in it, by their path. */
function numbersOf(value: object, path = ''): [string, number][] {
  return Object.entries(value).flatMap(([name, item]: [string, unknown]): [string, number][] => {
    if (typeof item === 'number') return [[path + name, item]]
    return typeof item === 'object' && item !== null ? numbersOf(item, `${path}${name}.`) : []
  })
}

const CURRENT = new Map([
  ...numbersOf(event),
  ...numbersOf(wire),
  ...numbersOf({
    MAX_FILTER_ENTRIES,
    BINDING_SECONDS,
    MAX_BINDING_SECONDS,
    RENEWAL_SECONDS,
    DEFAULT_PORT: config.DEFAULT_PORT,
  }),
  ...numbersOf(config.DEFAULTS),
  ...numbersOf(RELAY_LIMITS),
  ...numbersOf(DOOR_LIMITS),
  ...numbersOf(ENDPOINT_LIMITS),
])

describe('specification/limits.md', () => {
  const rows = [
    ...readFileSync(join(SPECIFICATION, 'limits.md'), 'utf8').matchAll(/^\| `([\w.]+)` \| ([\d,]+) \| (.+) \|$/gm),
  ]
  const written = new Map(rows.map(([, name, value]) => [name!, Number(value!.replaceAll(',', ''))]))

  it.each([...CURRENT])('has %s with its current value', (name, value) => {
    expect(written.get(name)).toBe(value)
  })

  it('has nothing that the program does not have, and a reason for each', () => {
    expect([...written.keys()].filter(name => !CURRENT.has(name))).toEqual([])
    expect(rows.filter(([, , , reason]) => reason!.trim().length < 5)).toEqual([])
  })
})

describe('the pages of the specification', () => {
  it.each(['README.md', 'event.md', 'relay-access.md', 'limits.md', 'changes.md', 'sync.md'])(
    '%s names only tests that are there',
    page => {
      const text = readFileSync(join(SPECIFICATION, page), 'utf8')
      for (const [path] of text.matchAll(/test\/[\w/-]+\.test\.ts/g)) {
        expect(readFileSync(join(SPECIFICATION, '..', path), 'utf8').length).toBeGreaterThan(0)
      }
    },
  )

  it('number each clause once', () => {
    const clauses = [...readFileSync(join(SPECIFICATION, 'event.md'), 'utf8').matchAll(/^\* \*\*(E[\d.]+)\*\*/gm)].map(
      ([, clause]) => clause,
    )
    expect(new Set(clauses).size).toBe(clauses.length)
  })
})
