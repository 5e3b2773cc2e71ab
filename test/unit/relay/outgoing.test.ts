import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWriter, frameOf, type Json } from '../../../src/relay/outgoing.ts'
import { runs } from '../event/arbitrary-events.ts'

/** Reads whole unmasked text frames (RFC 6455 §5.2), and nothing but those. */
function textsOf(bytes: Buffer): string[] {
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x81)
    const short = bytes[at + 1]!
    const header = short < 126 ? 2 : short === 126 ? 4 : 10
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
    // As short as it can be said.
    expect(header).toBe(length < 126 ? 2 : length < 65_536 ? 4 : 10)
    texts.push(bytes.toString('utf8', at + header, at + header + length))
    at += header + length
  }
  return texts
}

const jsonOf = (value: unknown): Json => {
  const json = JSON.stringify(value)
  const maxJsonBytes = Buffer.byteLength(json)
  return { json, maxJsonBytes, writeJson: (out, at) => at + out.write(json, at) }
}

function writerTo(socket: PassThrough, sent: string[], extensions = '') {
  const webSocket = { bufferedAmount: 0, readyState: 1, OPEN: 1, extensions, send: (text: string) => sent.push(text) }
  return createWriter(socket, webSocket as never, { pauseBytes: 1e9, maxPendingBytes: 1e9 })
}

/** Around the lengths at which a header grows. */
const size = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 65_500, max: 65_560 }),
  fc.constantFrom(110, 111, 112, 40_000, 200_000),
)
const message = fc.record({
  way: fc.constantFrom('text', 'frame', 'array'),
  size,
  letter: fc.constantFrom('x', 'é', '"'),
})

describe('what goes out', () => {
  it.each(['', 'permessage-deflate'])('arrives in order and whole, in whatever way it is sent (%s)', extensions => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), messages => {
        const socket = new PassThrough({ highWaterMark: 1e9 })
        const sent: string[] = []
        const writer = writerTo(socket, sent, extensions)
        const texts = messages.map(({ size, letter }) => JSON.stringify(['EVENT', 'a', letter.repeat(size)]))
        for (const [i, { way, size, letter }] of messages.entries()) {
          if (way === 'text') writer.send(texts[i]!)
          else if (way === 'frame') writer.send(frameOf(texts[i]!))
          else writer.sendArray(Buffer.from('["EVENT","a",'), jsonOf(letter.repeat(size)))
        }
        writer.flush()
        expect(extensions === '' ? textsOf((socket.read() as Buffer | null) ?? Buffer.alloc(0)) : sent).toEqual(texts)
      }),
      runs(200),
    )
  })
})
