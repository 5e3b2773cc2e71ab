/** `nostrp2p doctor` and this machine (specification/doctor.md): ports, data directory, binding, output. */
import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { npubOf } from '../../src/event/keys.ts'
import { metaKey } from '../../src/store/keys.ts'
import { openLevel } from '../../src/store/level.ts'
import { useCleanUp } from '../support/clean-up.ts'
import {
  bind,
  clockAhead,
  doctorLines,
  freePlace,
  listening,
  placedNode,
  publicNode,
  runDoctor,
} from '../support/doctor.ts'
import { freePortPair } from '../support/ports.ts'

const cleanUp = useCleanUp()
const DAY_SECONDS = 86_400

describe('ports', () => {
  it('one that another program has is a failure with what to do', async () => {
    const place = await freePlace(cleanUp)
    const taken = createServer()
    await listening(cleanUp, taken, place.port + 1)
    const { code, of } = await doctorLines(place.args)
    expect(of('ports')).toMatchObject({
      state: 'fail',
      finding: `port ${place.port + 1} is already used by another program`,
      advice: `Start with -l 127.0.0.1:${place.port + 100}, or stop that program.`,
      details: { overlay: { state: 'free' }, client: { state: 'in-use' } },
    })
    expect(code).toBe(1)
  })

  it('an address that this machine does not have is a failure', async () => {
    const { port, dataDir } = await freePlace(cleanUp)
    const { of } = await doctorLines(['-l', `203.0.113.7:${port}`, '--data-dir', dataDir])
    expect(of('ports')).toMatchObject({ state: 'fail', finding: 'this machine has no address 203.0.113.7' })
  })
})

describe('data directory', () => {
  it('a file in its place is a failure', async () => {
    const { dataDir, args } = await freePlace(cleanUp)
    await writeFile(dataDir, '')
    expect((await doctorLines(args)).of('data-directory')).toMatchObject({
      state: 'fail',
      finding: expect.stringContaining('is not a directory'),
    })
  })

  it('a key that others can read is a failure with the command that mends it', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    await node.node.stop()
    const key = join(node.config.dataDir, 'node.key')
    await chmod(key, 0o644)
    const { code, of } = await doctorLines(node.args)
    expect(of('data-directory')).toMatchObject({ state: 'fail', advice: `Run: chmod 600 ${key}` })
    expect(code).toBe(1)
  })

  it('a key file that holds no key is a failure', async () => {
    const { dataDir, args } = await freePlace(cleanUp)
    await mkdir(dataDir, { mode: 0o700 })
    await writeFile(join(dataDir, 'node.key'), 'nothing', { mode: 0o600 })
    expect((await doctorLines(args)).of('data-directory')).toMatchObject({
      state: 'fail',
      finding: expect.stringContaining('holds no key'),
    })
  })

  it('less room than the store may grow to is a warning', async () => {
    const { args } = await freePlace(cleanUp)
    const { of } = await doctorLines([...args, '--max-store-mb', '1048576'])
    expect(of('data-directory')).toMatchObject({ state: 'warn', advice: expect.stringContaining('--max-store-mb') })
  })

  it.skipIf(process.geteuid?.() !== 0)('one of another user is a warning for the superuser', async () => {
    const { dataDir, args } = await freePlace(cleanUp)
    await mkdir(dataDir, { mode: 0o700 })
    await chown(dataDir, 65_534, 65_534)
    expect((await doctorLines(args)).of('data-directory')).toMatchObject({
      state: 'warn',
      finding: expect.stringContaining('belongs to another user (id 65534; you are 0)'),
    })
  })

  it.skipIf(process.geteuid?.() !== 0)(
    'the store of another user is not opened: it would get files of ours',
    async () => {
      const node = await placedNode(cleanUp, { owner: 'alice' })
      await node.node.stop()
      const before = await readdir(join(node.config.dataDir, 'store'))
      await chown(node.config.dataDir, 65_534, 65_534)
      const { of } = await doctorLines(node.args)
      expect(of('binding')).toMatchObject({ state: 'warn', details: { owner: npubOf(node.owner.pubkey), state: null } })
      expect(await readdir(join(node.config.dataDir, 'store'))).toEqual(before)
    },
  )

  it('a store of a later version is a failure in the words of the start', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    await node.node.stop()
    const db = await openLevel(join(node.config.dataDir, 'store'))
    await db.batch([{ type: 'put', key: metaKey('schema'), value: Buffer.from('9999') }], { sync: true })
    await db.close()
    const { code, of } = await doctorLines(node.args)
    expect(of('data-directory')).toMatchObject({
      state: 'fail',
      finding: expect.stringMatching(/^the store was written by a newer version of this program .*[^.]$/),
      advice: 'Update the program, or start with another data directory.',
    })
    expect(code).toBe(1)
  })
})

describe('binding', () => {
  it('missing, ending soon, valid', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    expect((await doctorLines(node.args)).of('binding')).toMatchObject({ state: 'warn', details: { state: 'none' } })
    await bind(node, 10 * DAY_SECONDS)
    const soon = (await doctorLines(node.args)).of('binding')
    expect(soon).toMatchObject({ state: 'warn', details: { state: 'expires-soon' } })
    expect(soon.finding).toContain('ends in 10 days')
  })

  it('ended, of a node that does not run', async () => {
    const node = await placedNode(cleanUp, { owner: 'alice' })
    await bind(node, 20 * DAY_SECONDS)
    await node.node.stop()
    expect((await doctorLines(node.args)).of('binding')).toMatchObject({
      state: 'warn',
      details: { state: 'expires-soon' },
    })
    const { code, of } = await doctorLines(node.args, { clock: clockAhead(21 * DAY_SECONDS * 1000) })
    expect(of('binding')).toMatchObject({ state: 'fail', details: { state: 'expired' } })
    expect(of('binding').advice).toContain('nostrp2p bind')
    expect(code).toBe(1)
  })

  it('is not asked of a node that belongs to nobody', async () => {
    const boot = await publicNode(cleanUp)
    const { of } = await doctorLines([...boot.args, '-w', 'false'])
    expect(of('binding')).toMatchObject({ state: 'pass' })
  })
})

describe('as text', () => {
  it('is one line a finding, with what to do below, and a last line that sums up', async () => {
    const place = await freePlace(cleanUp)
    const away = `127.0.0.1:${await freePortPair()}`
    const { code, text } = await runDoctor([...place.args, '-b', away])
    expect(code).toBe(1)
    expect(text).toMatch(
      new RegExp(`^FAIL  bootstrap +${away} cannot be reached: nothing listens there\\n +Ask its`, 'm'),
    )
    expect(text).toMatch(/^pass {2}ports +\d+ \(other nodes\) and \d+ \(clients\) are free$/m)
    expect(text).toMatch(/\n\n1 thing to mend, \d+ to look at\.\n$/)
    expect(text.split('\n').every(line => line.length <= 120)).toBe(true)
  })
})
