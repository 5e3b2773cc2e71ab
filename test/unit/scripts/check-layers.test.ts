import { describe, expect, test } from 'vitest'
import { checkFlags, findings, importsOf, type SourceFile } from '../../../scripts/check-layers.ts'
import { environmentName, FLAGS } from '../../../src/cli/flags.ts'

const file = (path: string, text: string): SourceFile => ({ path, text })
const found = (...files: SourceFile[]) => findings(files, undefined)

describe('imports', () => {
  test('are found in every form, and not in comments', () => {
    const text = `/** import x from './no.ts' */
import a from './a.ts'
import type { B } from './b.ts'
import {
  c,
  type D,
} from './c.ts'
import './e.ts'
export { f } from './f.ts'
export * from 'package'
// import g from './no.ts'
const h = await import('./h.ts')
`
    expect(importsOf(text)).toEqual(['./a.ts', './b.ts', './c.ts', './e.ts', './f.ts', 'package', './h.ts'])
  })
})

describe('arrows', () => {
  test('that point down are fine', () => {
    expect(found(file('src/flow/publish.ts', "import type { Put } from '../store/store.ts'"))).toEqual([])
    expect(found(file('src/main.ts', "import { run } from './cli/run.ts'"))).toEqual([])
  })

  test.each([
    ['src/event/event.ts', '../wire/msgpack.ts', 'event must not import wire'],
    ['src/flow/publish.ts', '../overlay/gossip.ts', 'flow must not import overlay'],
    ['src/api/app.ts', '../overlay/gossip.ts', 'api must not import overlay'],
    ['src/overlay/gossip.ts', '../flow/receive.ts', 'overlay must not import flow'],
    ['src/verifier/verifier.ts', '../store/store.ts', 'verifier must not import store'],
    ['src/store/open.ts', '../node.ts', 'store must not import node'],
    ['src/cli/serve.ts', '../main.ts', 'cli must not import main'],
    ['src/flow/publish.ts', 'libp2p', 'flow must not know "libp2p"'],
    ['src/api/app.ts', 'classic-level', 'api must not know "classic-level"'],
    ['src/event/keys.ts', 'node:crypto', 'event must not know "node:crypto"'],
  ])('%s → %s is a finding', (path, target, sentence) => {
    expect(found(file(path, `import type { X } from '${target}'`))).toEqual([expect.stringContaining(sentence)])
  })

  test('a file of no layer is a finding', () => {
    expect(found(file('src/helpers/x.ts', ''))).toEqual(['src/helpers/x.ts: is in no known layer.'])
  })

  test('a cycle is a finding, with its way', () => {
    const cycle = found(
      file('src/flow/a.ts', "import './b.ts'"),
      file('src/flow/b.ts', "import './c.ts'"),
      file('src/flow/c.ts', "import './b.ts'"),
    )
    expect(cycle).toEqual(['import cycle: src/flow/b.ts → src/flow/c.ts → src/flow/b.ts'])
  })
})

describe('files', () => {
  test('may have 400 lines', () => {
    expect(found(file('test/x.ts', '\n'.repeat(400)))).toEqual([])
    expect(found(file('test/x.ts', '\n'.repeat(401)))).toEqual(['test/x.ts: 401 lines; 400 is the limit.'])
  })

  test('touch the process at its edge only', () => {
    expect(found(file('src/cli/run.ts', 'process.env.X'))).toEqual([])
    expect(found(file('src/node.ts', 'process.env.X'))).toHaveLength(1)
    expect(found(file('src/api/app.ts', 'process.argv'))).toHaveLength(1)
  })

  test('do not name folders outside of the project', () => {
    expect(found(file('test/x.ts', ['..', 'shared', 'x'].join('/')))).toHaveLength(1)
  })
})

describe('flags of the README', () => {
  const complete = FLAGS.flatMap(flag => [`\`--${flag.name}\``, environmentName(flag) ?? '']).join('\n')

  test('all named and no other is fine, and so is a README without the section', () => {
    expect(checkFlags(`# x\n\n## Flags\n${complete}\n\n## Next\n--other`)).toEqual([])
    expect(checkFlags('# x\n--other')).toEqual([])
  })

  test('a flag too few and one too many are findings', () => {
    const changed = complete.replace('`--data-dir`', '`--data-folder`').replace('NOSTRP2P_SSL', 'NOSTRP2P_TLS')
    expect(checkFlags(`## Flags\n${changed}\n-z\n`)).toEqual([
      'README.md: there is no flag --data-folder.',
      'README.md: there is no flag -z.',
      'README.md: ## Flags does not name --data-dir.',
      'README.md: there is no variable NOSTRP2P_TLS.',
    ])
  })
})
