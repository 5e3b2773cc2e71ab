/** What a person's hand, or half a backup, makes of a JSON file. */
import fc from 'fast-check'

const JUNK: readonly unknown[] = [
  'x',
  '',
  '2026-13-45',
  -1,
  1.5,
  1e300,
  8.64e15 + 1,
  null,
  true,
  [],
  {},
  [null],
  { toString: 1 },
  '\u0000\u2028',
  'y'.repeat(3_000),
]

type Path = readonly (string | number)[]

/** The same text with values changed, left out, given twice or under another name; or no JSON any more. */
export function spoilt(value: unknown): fc.Arbitrary<string> {
  const paths = pathsOf(value)
  const change = fc.record({
    path: fc.constantFrom(...paths),
    how: fc.constantFrom('junk', 'gone', 'twice', 'renamed'),
    junk: fc.constantFrom(...JUNK),
  })
  const changed = fc.array(change, { minLength: 1, maxLength: 3 }).map(changes => {
    const copy: { root: unknown } = { root: structuredClone(value) }
    for (const { path, how, junk } of changes) spoil(copy, ['root', ...path], how, junk)
    return JSON.stringify(copy.root) ?? ''
  })
  const text = JSON.stringify(value)
  const cut = fc.nat(text.length).map(end => text.slice(0, end))
  const notJson = fc.constantFrom(
    '',
    'NaN',
    'null',
    '[]',
    '{}',
    '"text"',
    '7',
    '\uFEFF{}',
    text.replaceAll(/\d+/g, 'NaN'),
  )
  return fc.oneof({ weight: 6, arbitrary: changed }, { weight: 1, arbitrary: cut }, { weight: 1, arbitrary: notJson })
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Array.isArray(value)
    ? value.flatMap((one, place) => pathsOf(one, [...path, place]))
    : Object.entries(value).flatMap(([name, one]) => pathsOf(one, [...path, name]))
  return [path, ...inner]
}

function spoil(root: object, path: Path, how: string, junk: unknown): void {
  let holder = root as Record<string | number, unknown>
  for (const name of path.slice(0, -1)) {
    const next = holder[name]
    // An earlier change has taken it away.
    if (typeof next !== 'object' || next === null) return
    holder = next as Record<string | number, unknown>
  }
  const last = path.at(-1)!
  const held = holder[last]
  if (how === 'gone') {
    if (Array.isArray(holder)) holder.splice(Number(last), 1)
    else delete holder[last]
  } else if (how === 'twice' && Array.isArray(holder)) holder.push(structuredClone(held))
  else if (how === 'renamed' && !Array.isArray(holder)) {
    delete holder[last]
    holder[`${last} `] = held
  } else holder[last] = junk
}
