import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { createSecretInput, MAX_SECRET_BYTES } from '../../../src/cli/secret-input.ts'

let stream: PassThrough & { isTTY?: boolean; setRawMode?: (mode: boolean) => void }
let modes: boolean[]
let shown: string
let stopping: AbortController

beforeEach(() => {
  stream = new PassThrough()
  modes = []
  shown = ''
  stopping = new AbortController()
})

function terminal(): void {
  stream.isTTY = true
  stream.setRawMode = mode => void modes.push(mode)
}

function input() {
  const prompts = {
    isTerminal: true,
    write(text: string) {
      shown += text
    },
  }
  return createSecretInput(() => stream as unknown as NodeJS.ReadStream, prompts, stopping.signal)
}

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString()

describe('a secret typed at a terminal', () => {
  beforeEach(terminal)

  it('is asked for, read up to enter, and not shown', async () => {
    const reading = input().readSecret('Key: ')
    stream.write('geh')
    stream.write('eim\r')
    expect(text(await reading)).toBe('geheim')
    expect(shown).toBe('Key: \n')
    expect(modes).toEqual([true, false])
  })

  it('can be corrected: backspace takes a whole character, ctrl-U everything', async () => {
    const reading = input().readSecret('')
    stream.write('wrong\x15abü\x7f\x08c\r')
    expect(text(await reading)).toBe('ac')
  })

  it('is called off by ctrl-C, by ctrl-D at the beginning, and when the program has to stop', async () => {
    const first = input().readSecret('')
    stream.write('abc\x03')
    expect(await first).toBeUndefined()
    const second = input().readSecret('')
    stream.write('\x04')
    expect(await second).toBeUndefined()
    const third = input().readSecret('')
    stopping.abort()
    expect(await third).toBeUndefined()
    expect(modes).toEqual([true, false, true, false, true, false])
  })

  it('leaves nothing of itself in the piece that was read', async () => {
    const piece = Buffer.from('geheim\r')
    const reading = input().readSecret('')
    stream.write(piece)
    await reading
    expect([...piece]).toEqual(new Array(piece.length).fill(0))
  })
})

describe('a secret that is piped in', () => {
  it('is a line; the next one waits for the next question; the last needs no end', async () => {
    const lines = input()
    stream.end('key\npass')
    expect(text(await lines.readSecret('Key: '))).toBe('key')
    expect(text(await lines.readSecret('Password: '))).toBe('pass')
    expect(await lines.readSecret('More: ')).toBeUndefined()
    expect(shown).toBe('')
  })

  it('of more bytes than any key has is refused', async () => {
    stream.end('x'.repeat(MAX_SECRET_BYTES + 1))
    expect(await input().readSecret('')).toBeUndefined()
  })
})
