/** Import in slices: cut at line ends, numbered through, and taken up again where it stopped. */
import { describe, expect, it } from 'vitest'
import type { Call } from '../../../src/web/node/call.ts'
import { fetchExport, type ImportState, importFile, NOT_BEGUN } from '../../../src/web/node/transfer.ts'

const MIB = 1024 * 1024
const never = () => new AbortController().signal

/** A node that takes every line that begins with `{"good`, and answers as R18.6 says. */
function listeningNode({ failAt = Number.POSITIVE_INFINITY } = {}) {
  const bodies: string[] = []
  const call: Call = async (_, { lines } = {}) => {
    if (bodies.length >= failAt) return { trouble: 'away' }
    const body = await lines!.text()
    bodies.push(body)
    const refused = body
      .split('\n')
      .flatMap((line, place) => (line === '' || line.startsWith('{"good') ? [] : place + 1))
    const read = body.split('\n').filter(line => line !== '').length
    const end = {
      read,
      stored: read - refused.length,
      had: 0,
      refused: refused.length,
      done: true,
      unnamed: 0,
      reason: null,
    }
    const answer = [...refused.map(line => ({ line, refused: 'malformed', reason: 'Not JSON.' })), end]
    return new Response(`\n${answer.map(line => `${JSON.stringify(line)}\n`).join('\n')}`)
  }
  return { call, bodies }
}

async function imported(text: string, from = NOT_BEGUN, options = {}) {
  const node = listeningNode(options)
  let state: ImportState = from
  const outcome = await importFile(node.call, new Blob([text]), from, next => (state = next), never())
  return { outcome, state, bodies: node.bodies }
}

const good = (number: number) => `{"good":${number},"text":"${'x'.repeat(1_000)}"}`

describe('import in slices', () => {
  it('sends every byte once, each slice whole lines, and says which lines of the file were refused', async () => {
    const lines = Array.from({ length: 3_000 }, (_, number) => (number % 1_000 === 500 ? '{"bad"' : good(number)))
    lines[7] = ''
    const { outcome, state, bodies } = await imported(lines.join('\n'))
    expect(outcome).toBeUndefined()
    expect(bodies.length).toBeGreaterThan(2)
    expect(bodies.join('')).toBe(lines.join('\n'))
    for (const body of bodies.slice(0, -1)) {
      expect(body.endsWith('\n')).toBe(true)
      expect(body.length).toBeLessThanOrEqual(MIB)
    }
    expect(state.refusals.map(({ line }) => line)).toEqual([501, 1_501, 2_501])
    expect(state).toMatchObject({ read: 2_999, stored: 2_996, refused: 3 })
  })

  it('leaves a line that is longer than a slice to the node, and goes on behind it', async () => {
    const { outcome, state, bodies } = await imported(`${good(1)}\n${'y'.repeat(2.5 * MIB)}\n${good(2)}\n`)
    expect(outcome).toBeUndefined()
    expect(bodies.join('')).toHaveLength(`${good(1)}\n`.length + 2.5 * MIB + 1 + `${good(2)}\n`.length)
    expect(state).toMatchObject({ stored: 2, refused: 1 })
    expect(state.refusals[0]!.line).toBe(2)
  })

  it('goes on from where it stopped', async () => {
    const text = Array.from({ length: 3_000 }, (_, number) => good(number)).join('\n')
    const first = await imported(text, NOT_BEGUN, { failAt: 1 })
    expect(first.outcome).toEqual({ trouble: 'away' })
    expect(first.state.offset).toBeGreaterThan(0)
    const second = await imported(text, first.state)
    expect(second.outcome).toBeUndefined()
    expect(first.bodies.join('') + second.bodies.join('')).toBe(text)
    expect(second.state.stored).toBe(3_000)
  })

  it.each([
    ['a picture', '\u{89}PNG\r\n', 'not-lines'],
    ['an array', '[{"id":1}]', 'not-lines'],
    ['nothing', ' \n', 'empty'],
  ])('sends nothing of %s', async (_, text, fault) => {
    const { outcome, bodies } = await imported(text)
    expect(outcome).toBe(fault)
    expect(bodies).toEqual([])
  })
})

describe('export', () => {
  it('gives what came as a file, counted, and nothing of what was cut off', async () => {
    const whole: Call = async () => new Response('{"a":1}\n{"b":2}\n', { headers: { 'Nostrp2p-Events': '2' } })
    const seen: unknown[] = []
    const fetched = await fetchExport(whole, false, progress => seen.push(progress), never())
    if ('trouble' in fetched) throw new Error('it was whole')
    expect(await fetched.file.text()).toBe('{"a":1}\n{"b":2}\n')
    expect(fetched.events).toBe(2)
    expect(seen.at(-1)).toEqual({ events: 2, of: 2 })
    const cut: Call = async () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('{"a":1}\n'))
            controller.error(new Error('cut'))
          },
        }),
      )
    expect(await fetchExport(cut, false, () => {}, never())).toEqual({ trouble: 'away' })
  })
})
