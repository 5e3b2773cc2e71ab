import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLatestWriter, DataDirectoryError, keptFile, refusedByDisk } from '../../../src/store/kept-file.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { temporaryDirectory } from '../../support/test-node.ts'

const cleanUp = useCleanUp()

/** A disk that is told when each write ends. */
function slowFile() {
  const begun: { text: string; end: (error?: Error) => void }[] = []
  return {
    begun,
    write(text: string): Promise<void> {
      return new Promise((resolve, reject) =>
        begun.push({ text, end: error => (error === undefined ? resolve() : reject(error)) }),
      )
    },
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

describe('a writer of one file', () => {
  it('writes one time after the other, what there is when its turn comes, and no more often than needed', async () => {
    const file = slowFile()
    let text = 'a'
    const writer = createLatestWriter(file, () => text)
    const first = writer.save()
    await turn()
    text = 'b'
    const second = writer.save()
    text = 'c'
    const third = writer.save()
    await turn()
    expect(file.begun.map(one => one.text)).toEqual(['a'])
    file.begun[0]!.end()
    await first
    await turn()
    expect(file.begun.map(one => one.text)).toEqual(['a', 'c'])
    file.begun[1]!.end()
    await Promise.all([second, third, writer.settled()])
    expect(file.begun).toHaveLength(2)
  })

  it('tells who asked that it failed, and goes on with the next', async () => {
    const file = slowFile()
    const writer = createLatestWriter(file, () => 'a')
    const first = writer.save()
    await turn()
    const second = writer.save()
    file.begun[0]!.end(new DataDirectoryError('There is no space left.'))
    expect(await refusedByDisk(first, 'Nothing was changed.')).toEqual({
      rejected: 'full',
      code: 'not-written',
      reason: 'Nothing was changed. There is no space left.',
    })
    await turn()
    file.begun[1]!.end()
    expect(await refusedByDisk(second, 'Nothing was changed.')).toBeUndefined()
    await writer.settled()
  })

  it('leaves a fault of the program a fault', async () => {
    await expect(refusedByDisk(Promise.reject(new TypeError('oh')), 'No.')).rejects.toThrow(TypeError)
  })
})

it('a file that is set aside is whole, and the next one stands in its place', async () => {
  const directory = await temporaryDirectory(cleanUp)
  const file = keptFile(join(directory, 'a.json'))
  await file.write('broken')
  const aside = await file.setAside()
  expect(await file.read()).toBeUndefined()
  await file.write('new')
  expect([await file.read(), await readFile(aside, 'utf8')]).toEqual(['new', 'broken'])
  expect((await readdir(directory)).sort()).toEqual(['a.json', 'a.json.unread'])
  await expect(keptFile(join(directory, 'none.json')).setAside()).rejects.toThrow(/none\.json/)
})
