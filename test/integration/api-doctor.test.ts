/** R16 and R17 of specification/rest-api.md at real nodes. */
import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { FindingLine } from '../../src/wire/finding.ts'
import type { LogLine } from '../../src/wire/log-line.ts'
import { createCleanUp } from '../support/clean-up.ts'
import { doctorLines, listening, placedNode, publicNode } from '../support/doctor.ts'
import { readLines } from '../support/lines.ts'
import { JSON_TYPE } from '../support/rest-client.ts'
import { startTestNode, type TestNode } from '../support/test-node.ts'
import { until } from '../support/until.ts'

const cleanUp = createCleanUp()
afterEach(() => cleanUp.run())

const askDoctor = ({ client }: TestNode) =>
  client.send('/doctor', { method: 'POST', headers: { 'Content-Type': JSON_TYPE }, body: '{}' })

describe('POST /doctor', () => {
  test('finds from inside what the command finds beside the node', async () => {
    const open = await publicNode(cleanUp)
    const node = await placedNode(cleanUp, { owner: 'ann', bootstraps: [open.address] })
    await node.waitFor('peer-connected')
    const response = await askDoctor(node)
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8')
    const inside = await readLines(response).rest<FindingLine>()
    const beside = (await doctorLines([...node.args, '-b', open.address.replace(/\/p2p\/.*/, '')])).all
    expect(inside.map(({ check }) => check)).toEqual(beside.map(({ check }) => check))
    expect(inside.every(line => Object.keys(line).join() === Object.keys(beside[0]!).join())).toBe(true)
    const of = (lines: readonly FindingLine[], check: string) => lines.find(line => line.check === check)
    expect(of(inside, 'node')).toMatchObject({ state: 'pass', details: { running: true, peers: 1 } })
    expect(of(inside, 'ports')).toEqual(of(beside, 'ports'))
    expect(of(inside, 'bootstrap')).toMatchObject({ state: 'pass', details: { node: open.node.peerId } })
    expect(of(inside, 'data-directory')).toMatchObject({ state: 'pass', details: { path: node.dataDir } })
  })

  test('looks once at a time, and again when whoever asked has gone', async () => {
    // Takes connections and says nothing, so that the first run is still at work.
    const held: Socket[] = []
    const port = await listening(
      cleanUp,
      createServer(socket => held.push(socket)),
    )
    cleanUp.add(() => {
      for (const socket of held) socket.destroy()
    })
    const node = await startTestNode(cleanUp, { owner: 'ann', bootstraps: [`/ip4/127.0.0.1/tcp/${port}`] })
    const first = readLines(await askDoctor(node))
    expect(await first.next()).toMatchObject({ check: 'node' })
    const second = await askDoctor(node)
    expect([second.status, await second.json()]).toEqual([409, { Error: expect.any(String), code: 'check-running' }])
    await first.leave()
    const third = await until('another run', async () => {
      const response = await askDoctor(node)
      return response.status === 200 && response
    })
    await readLines(third).leave()
  })
})

describe('GET /log', () => {
  test('tells what happens at the node, and ends when it stops', async () => {
    const node = await startTestNode(cleanUp, { owner: 'ann' })
    const other = await startTestNode(cleanUp, { owner: 'bob', bootstraps: [node.address] })
    await node.waitFor('peer-connected')
    const lines = readLines(await node.client.send('/log'))
    const find = async (what: LogLine['what']) => {
      for (;;) {
        const line = await lines.next<LogLine>()
        if (line === undefined || line.what === what) return line
      }
    }
    expect(await find('peer-connected')).toMatchObject({ level: 'info', details: { peers: 1 } })
    const event = await other.post({ content: 'hello ann' })
    expect(await find('received')).toMatchObject({
      text: expect.stringContaining('"hello ann"'),
      details: { event: { id: event.id, kind: 1 }, via: 'gossip' },
    })
    await node.node.stop()
    expect(await lines.rest()).not.toContainEqual(expect.objectContaining({ what: 'received' }))
  })
})
