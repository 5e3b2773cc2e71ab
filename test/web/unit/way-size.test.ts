import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { AWAY_SCRIPTS, extraScriptBytes } from '../support/extra-scripts.ts'

const BUILT = resolve(import.meta.dirname, '../../../dist/web')

it('loads at most 150 kB of script when the node is away', () => {
  const bytes = extraScriptBytes(BUILT, AWAY_SCRIPTS)
  expect(bytes).toBeGreaterThan(50_000)
  expect(bytes).toBeLessThan(150_000)
})
