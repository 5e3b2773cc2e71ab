/** A stream as a socket (W4.2), between two hosts over a real connection. */
import { once } from 'node:events'
import type { Stream } from '@libp2p/interface'
import { beforeEach, describe, expect, it } from 'vitest'
import { StreamSocket } from '../../../src/overlay/streams/stream-socket.ts'
import { useCleanUp } from '../../support/clean-up.ts'
import { startRawPeer } from '../../support/raw-peer.ts'
import { until } from '../../support/until.ts'

const cleanUp = useCleanUp()
const PROTOCOL = '/test/socket'
const whole = (socket: StreamSocket) => socket.toArray().then(pieces => Buffer.concat(pieces as Buffer[]))

let near: Stream
let far: Stream

beforeEach(async () => {
  const [one, other] = [
    await startRawPeer(cleanUp, { gossips: false }),
    await startRawPeer(cleanUp, { gossips: false }),
  ]
  const came = Promise.withResolvers<Stream>()
  await other.handle(PROTOCOL, stream => came.resolve(stream))
  near = await one.open(await one.connect(other.addresses()[0]!), PROTOCOL)
  near.send(Buffer.from('first'))
  far = await came.promise
})

const socketOf = (stream: Stream) => new StreamSocket(stream, { peer: 'somebody', limited: false })

describe('a stream as a socket', () => {
  it('gives what came before it was one, and its end', async () => {
    await near.close()
    await until('the end at the other side', () => far.remoteWriteStatus === 'closed')
    expect((await whole(socketOf(far))).toString()).toBe('first')
  })

  it('is half-open: what is written after the end of what is read arrives', async () => {
    const client = socketOf(near)
    const server = socketOf(far)
    client.end('ask')
    expect((await whole(server)).toString()).toBe('firstask')
    server.end('answer')
    expect((await whole(client)).toString()).toBe('answer')
  })

  it('stops the writer while nobody reads, and loses nothing of 20 MB', async () => {
    const client = socketOf(near)
    const server = socketOf(far)
    const bytes = Buffer.alloc(20_000_000, 'abcdefgh')
    let written = 0
    const writing = (async () => {
      for (let at = 0; at < bytes.length; at += 100_000) {
        if (!client.write(bytes.subarray(at, at + 100_000))) await once(client, 'drain')
        written = at
      }
      client.end()
    })()
    await once(server, 'readable')
    await until('the writer waits', () => near.writableNeedsDrain && client.writableNeedDrain)
    expect(written).toBeLessThan(10_000_000)
    const read = await whole(server)
    await writing
    expect(read.equals(Buffer.concat([Buffer.from('first'), bytes]))).toBe(true)
  })

  it('takes much at once without being reset', async () => {
    const client = socketOf(near)
    const pieces = Array.from({ length: 60 }, () => Buffer.alloc(100_000, 'x'))
    client.cork()
    for (const piece of pieces) client.write(piece)
    client.uncork()
    client.end()
    expect((await whole(socketOf(far))).length).toBe(6_000_005)
  })

  it('writes what was written before it is destroyed, and lets the stream go', async () => {
    const client = socketOf(near)
    const server = socketOf(far)
    client.write('last')
    client.destroySoon()
    expect((await whole(server)).toString()).toBe('firstlast')
    server.end()
    await until('that both ends are closed', () => near.status !== 'open' && far.status !== 'open')
  })

  it('ends when the other side resets, without an error that nobody takes', async () => {
    const server = socketOf(far)
    const closed = new Promise(resolve => server.once('close', resolve))
    near.abort(new Error('no more'))
    await closed
    expect(server.destroyed).toBe(true)
    expect(server.write('x')).toBe(false)
  })

  it('says when nothing has gone either way for so long', async () => {
    const server = socketOf(far)
    const timeout = once(server, 'timeout')
    server.setTimeout(20)
    await timeout
    server.setTimeout(0)
    server.destroy()
  })
})
