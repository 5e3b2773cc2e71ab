/** Where it can be tried: Linux with glibc. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createGiveBack } from '../../../src/cli/give-back.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { temporaryDirectory } from '../../support/test-node.ts'

const cleanUp = useCleanUp()
const MIB = 1024 * 1024

/** Reads 20 MB of tables, gives them back, and reads them again. */
const READER = `
  import { randomBytes } from 'node:crypto'
  import { readFileSync } from 'node:fs'
  import { ClassicLevel } from 'classic-level'
  import { createGiveBack } from '${new URL('../../../src/cli/give-back.ts', import.meta.url)}'
  const filePages = () => Number(/RssFile:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  const directory = process.argv[1]
  const database = new ClassicLevel(directory, { valueEncoding: 'buffer' })
  await database.open()
  for (let key = 0; key < 20_000; key += 100) {
    await database.batch(Array.from({ length: 100 }, (_, i) => ({ type: 'put', key: String(key + i), value: randomBytes(1_000) })))
  }
  await database.compactRange('0', ':')
  const readAll = async () => (await database.values().all()).reduce((bytes, value) => bytes + value.length, 0)
  const giveBack = createGiveBack()
  await giveBack(directory)
  const before = filePages()
  const read = await readAll()
  const after = filePages()
  await giveBack(directory)
  const given = filePages()
  console.log(JSON.stringify({ took: after - before, gave: after - given, read, readAgain: await readAll() }))
`

test.runIf(process.platform === 'linux')(
  'tables that were read leave memory, and can be read again',
  async () => {
    const args = ['--input-type=module', '--eval', READER, await temporaryDirectory(cleanUp)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000, cwd: import.meta.dirname })
    const { took, gave, read, readAgain } = JSON.parse(stdout)
    expect(took).toBeGreaterThan(15 * MIB)
    expect(gave).toBeGreaterThan(15 * MIB)
    expect([read, readAgain]).toEqual([20_000_000, 20_000_000])
  },
  30_000,
)

test('a directory that is not there gives nothing, and no error', async () => {
  await expect(createGiveBack()('/nowhere')).resolves.toBeUndefined()
})
