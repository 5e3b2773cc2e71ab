/** A TCP connection as the page's byte stream, so that what speaks over streams is tested without libp2p. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { ByteStream } from '../../../src/web/way/byte-stream.ts'

export async function openTcpStream(port: number): Promise<ByteStream> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const pieces = socket[Symbol.asyncIterator]()
  return {
    async send(bytes) {
      if (!socket.write(bytes)) await once(socket, 'drain')
    },
    async read() {
      const { done, value } = (await pieces.next()) as IteratorResult<Buffer, undefined>
      return done === true ? undefined : new Uint8Array(value)
    },
    abort: () => void socket.destroy(),
  }
}

/** A stream that says what was written down, piece by piece, and then ends. */
export function spokenStream(...pieces: readonly Uint8Array[]): ByteStream {
  const left = [...pieces]
  return { send: async () => {}, read: async () => left.shift(), abort: () => void left.splice(0) }
}
