import { expect, it } from 'vitest'
import { plainLine } from '../../../src/web/state/profile.ts'

it.each([
  [' \u3000\u2003\u115f\u3164 ', undefined],
  ['\u2800\uffa0', undefined],
  ['\u0301\u0302\u0489', undefined],
  ['\u202eecilA', 'ecilA'],
  ['Al\u200b\u200dice\n', 'Al ice'],
  ['Zoe\u0308', 'Zo\u00eb'],
  ['\u{1f469}', '\u{1f469}'],
  ['\u0639\u0644\u064a', '\u0639\u0644\u064a'],
])('a name %j is shown as %j', (name, shown) => {
  expect(plainLine(name)).toBe(shown)
})
