/** The demo as a built process: the story, who got what, and nothing left behind. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProcesses, type Processes, type Run } from '../support/processes.ts'

let processes: Processes
let story: Run
beforeAll(async () => {
  processes = await createProcesses()
  story = processes.command(['demo'])
  await story.exit
}, 60_000)
afterAll(() => processes.endAll())

test('ends by itself with code 0 when its output is not a terminal', async () => {
  expect({ ...(await story.exit), stderr: story.stderr() }).toEqual({ code: 0, signal: null, stderr: '' })
})

test('tells one line for each thing that travels, with time, name and arrow', () => {
  for (const line of [
    /^ +\d+\.\d\d s {2}alice {2}· +starts a node: 12D3KooW/m,
    /^ +\d+\.\d\d s {2}dave {3}→ bob +starts a node, .* and joins through bob's/m,
    /^ +\d+\.\d\d s {2}carol {2}→ everybody +profile "carol"/m,
    /^ +\d+\.\d\d s {2}bob {4}· own node +follow list: alice, carol/m,
    /^ +\d+\.\d\d s {2}alice {2}→ everybody +post "First morning/m,
    /^ +\d+\.\d\d s {9}← +arrived: (\w+ \d+ ms, ){3}\w+ \d+ ms/m,
    /^ +\d+\.\d\d s {2}bob {4}→ alice +like of alice's post/m,
    /^ +\d+\.\d\d s {2}alice {2}← carol +arrived and acknowledged after \d+ ms/m,
    /^ +\d+\.\d\d s {2}bob {4}· +eve's node is away: 1 like waits until it returns/m,
    /^ +\d+\.\d\d s {2}eve {4}← bob +the like that waited arrived at once/m,
    /^ +\d+\.\d\d s {2}alice {2}← own node +pull: profiles of bob, carol, dave, eve; .*like from bob; reply from carol/m,
    /^ +\d+\.\d\d s {2}dave {3}← own node +pull: (?!.*(like|reply)).*post from alice/m,
  ]) {
    expect(story.stdout()).toMatch(line)
  }
})

test('ends with who has what, and where to look', () => {
  const rows = story.stdout().split('Who has what in the end')[1]!
  expect(rows).toMatch(/alice: post +wrote it +has it +has it +has it +has it\n/)
  expect(rows).toMatch(/bob: like of alice's post +has it +wrote it +- +- +-\n/)
  expect(rows).toMatch(/carol: reply +has it +- +wrote it +- +-\n/)
  expect(rows).toMatch(/bob: like of eve's post +- +wrote it +- +- +has it\n/)
  expect(rows.match(/http:\/\/127\.0\.0\.1:\d+\/k\/\w+/g)).toHaveLength(5)
})

test('removes what the nodes kept', () => {
  expect(readdirSync(tmpdir()).filter(name => name.startsWith('nostrp2p-demo-'))).toEqual([])
})

test('is ended by a signal in the middle, cleanly', async () => {
  const run = processes.command(['demo'])
  await run.says(/profile "alice"/)
  run.child.kill('SIGINT')
  expect({ ...(await run.exit), stderr: run.stderr() }).toEqual({ code: 0, signal: null, stderr: '' })
})
