/** R15.5 of specification/rest-api.md: whatever a hand has made of settings.json, the node has settings, and says so. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { parseInvocation } from '../../../src/cli/parse.ts'
import { serverConfig } from '../../../src/cli/server-config.ts'
import { openSettings } from '../../../src/cli/settings-desk.ts'
import { isMisuse } from '../../../src/cli/surroundings.ts'
import { isRejection } from '../../../src/event/rejection.ts'
import type { Logger } from '../../../src/observe/log.ts'
import { SEED } from '../../support/seed.ts'
import { spoilt } from '../../support/spoilt.ts'
import { testSurroundings } from './surroundings.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'nostrp2p-test-'))
afterAll(() => rmSync(dataDir, { recursive: true }))
const path = join(dataDir, 'settings.json')
beforeEach(() => rmSync(`${path}.unread`, { force: true }))

/** As the program opens them, and starts a node with the first that can be tried. */
async function started(text: string) {
  writeFileSync(path, text)
  const surroundings = testSurroundings()
  const invocation = parseInvocation(['server', '--data-dir', dataDir], {})
  if (isMisuse(invocation)) throw new Error(invocation.misuse)
  const config = serverConfig(invocation.settings, surroundings)
  if (isMisuse(config)) throw new Error(config.misuse)
  const kept = await openSettings(invocation.settings, config, surroundings)
  const candidates = kept.candidates()
  const trouble = candidates.flatMap(({ config }) => (isMisuse(config) ? config.misuse : []))[0]
  const chosen = candidates.find(({ config }) => !isMisuse(config))!
  const warnings: string[] = []
  const log: Logger = (_, message) => warnings.push(message)
  await kept.started({ adapt: () => {} }, chosen, trouble, log)
  const values = () =>
    Object.fromEntries(
      kept.list().settings.flatMap(({ name, value, from }) => (from === 'page' ? [[name, value]] : [])),
    )
  return { kept, warnings, values }
}

const whole = {
  settings: { 'max-events': '300', 'boot-peer-addr-port': ['a.example:20000', 'b.example:20000'], mdns: false },
  before: { 'max-events': '300', 'relay-pow': '3' },
}

describe('settings.json', () => {
  it('what cannot be used is left out, and told with the name of the file; the rest holds', async () => {
    const settings = { 'max-events': 300, mdns: 'no', 'from-the-future': 'x', 'relay-pow': '3' }
    const { kept, warnings, values } = await started(JSON.stringify({ settings }))
    expect(values()).toEqual({ 'relay-pow': '3' })
    expect(warnings).toEqual([
      `In ${path} is what cannot be used, and is left out: "max-events", "mdns", "from-the-future".`,
    ])
    expect(kept.list().problem).toBe(warnings[0])
    expect(JSON.parse(readFileSync(path, 'utf8')), 'the file stays').toEqual({ settings })
  })

  it('a file that is not as it was written stays, and is kept beside the new one when something is set', async () => {
    const { kept, warnings, values } = await started('{"settings": {"max-events": "300"')
    expect(values()).toEqual({})
    expect(warnings[0]).toContain(`${path} is not as the node wrote it`)
    expect(readFileSync(path, 'utf8')).toBe('{"settings": {"max-events": "300"')
    expect(isRejection(await kept.change({ 'relay-pow': '5' }))).toBe(false)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ settings: { 'relay-pow': '5' } })
    expect(readFileSync(`${path}.unread`, 'utf8')).toBe('{"settings": {"max-events": "300"')
    expect(kept.list().problem).toBeNull()
  })

  it('whatever is in it, there are settings to start with, and what is lost is told', async () => {
    await fc.assert(
      fc.asyncProperty(spoilt(whole), async text => {
        const { kept, warnings, values } = await started(text)
        const asked = namesIn(text)
        const isLess = asked.some(name => !(name in values()))
        if (isLess) expect([...warnings, kept.list().problem].join()).not.toBe('')
        expect(isRejection(await kept.change({ 'relay-pow': '4' }))).toBe(false)
      }),
      { seed: SEED, numRuns: 300 },
    )
  })
})

function namesIn(text: string): string[] {
  try {
    const { settings } = JSON.parse(text)
    // An empty list is no value.
    return Object.keys(settings).filter(name => settings[name]?.length !== 0)
  } catch {
    return []
  }
}
