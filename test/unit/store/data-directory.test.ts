import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { DataDirectoryError, openDataDirectory } from '../../../src/store/data-directory.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { temporaryDirectory } from '../../support/test-node.ts'

const cleanUp = useCleanUp()
let path: string
beforeEach(async () => {
  path = join(await temporaryDirectory(cleanUp), 'home', 'nostrp2p')
})

const modeOf = async (name: string) => (await stat(join(path, name))).mode & 0o777
const KEY = Uint8Array.of(1, 2, 3)
const makeKey = async () => KEY
const isRoot = process.getuid?.() === 0

describe('the data directory', () => {
  it("is made for its owner's eyes only, with what is missing above it", async () => {
    await openDataDirectory(path)
    expect(await modeOf('.')).toBe(0o700)
  })

  it('that others may look into is closed to them', async () => {
    await mkdir(path, { recursive: true, mode: 0o755 })
    await chmod(path, 0o755)
    await openDataDirectory(path)
    expect(await modeOf('.')).toBe(0o700)
  })

  it('keeps key, token and owner in files that only its owner reads, and gives the same ones for ever', async () => {
    const first = await openDataDirectory(path)
    expect(await first.owner()).toBeUndefined()
    await first.keepOwner('npub1x')
    const [key, token] = [await first.nodeKey(makeKey), await first.token()]
    expect(token).toMatch(/^[0-9a-f]{32}$/)
    for (const file of ['node.key', 'token', 'owner']) expect(await modeOf(file)).toBe(0o600)
    const again = await openDataDirectory(path)
    expect([...(await again.nodeKey(async () => Uint8Array.of(9)))]).toEqual([...key])
    expect([await again.token(), await again.owner()]).toEqual([token, 'npub1x'])
    expect((await readdir(path)).sort()).toEqual(['node.key', 'owner', 'token'])
  })

  it('gives every directory a token of its own', async () => {
    const [one, two] = [await openDataDirectory(path), await openDataDirectory(`${path}2`)]
    expect(await one.token()).not.toBe(await two.token())
  })

  it.each([0o640, 0o604, 0o660, 0o644])('refuses a key and a token that others may read (%o)', async mode => {
    const directory = await openDataDirectory(path)
    await directory.nodeKey(makeKey)
    await directory.token()
    for (const file of ['node.key', 'token']) await chmod(join(path, file), mode)
    await expect(directory.nodeKey(makeKey)).rejects.toThrow(`chmod 600 ${join(path, 'node.key')}`)
    await expect(directory.token()).rejects.toThrow(DataDirectoryError)
  })

  it('passes over what a crash left half written', async () => {
    const directory = await openDataDirectory(path)
    for (const file of ['node.key.new', 'token.new', 'owner.new']) await writeFile(join(path, file), 'half')
    expect(await directory.owner()).toBeUndefined()
    expect([...(await directory.nodeKey(makeKey))]).toEqual([...KEY])
    expect(await directory.token()).toMatch(/^[0-9a-f]{32}$/)
    await directory.keepOwner('npub1x')
    expect(await readFile(join(path, 'owner'), 'utf8')).toBe('npub1x\n')
  })

  it.each(['', ' \n', 'short', 'with a space in the middle of it', 'with/a/slash/in/the/middle'])(
    'refuses a token file that would open the door: %j',
    async text => {
      const directory = await openDataDirectory(path)
      await writeFile(join(path, 'token'), text, { mode: 0o600 })
      await expect(directory.token()).rejects.toThrow(/holds no access token/)
    },
  )

  it('does not keep a key that could not be made', async () => {
    const directory = await openDataDirectory(path)
    await expect(directory.nodeKey(() => Promise.reject(new Error('no entropy')))).rejects.toThrow('no entropy')
    expect(await readdir(path)).toEqual([])
  })

  it('says in a sentence what is wrong with a path that is a file', async () => {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, '')
    await expect(openDataDirectory(path)).rejects.toThrow(`${path} is not a directory`)
    await expect(openDataDirectory(join(path, 'below'))).rejects.toThrow(/is not a directory/)
  })

  it.skipIf(isRoot)('says in a sentence what is wrong with a directory that cannot be written', async () => {
    await mkdir(path, { recursive: true })
    const directory = await openDataDirectory(path)
    await chmod(path, 0o500)
    cleanUp.add(() => chmod(path, 0o700))
    await expect(directory.keepOwner('npub1x')).rejects.toThrow(
      /cannot be written\. Give a folder of your own with --data-dir/,
    )
    await expect(openDataDirectory(join(path, 'below'))).rejects.toThrow(DataDirectoryError)
  })

  it('says in a sentence that a file is a directory', async () => {
    const directory = await openDataDirectory(path)
    await mkdir(join(path, 'owner'))
    await expect(directory.owner()).rejects.toThrow(/cannot be used/)
  })
})
