/** A WebSocket over a stream (RFC 6455), as far as live news need it: texts both ways, pings answered, bounded. */
import type { LiveSocket } from '../node/live.ts'
import { type ByteReader, type ByteStream, readBytes, StreamFault } from './byte-stream.ts'
import { HOST, readHead } from './http-stream.ts'

const CONTINUATION = 0
const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10
/** An event has at most 256 kB, and its envelope little more. */
const MAX_MESSAGE_BYTES = 1024 * 1024
const MAX_CONTROL_BYTES = 125
const NORMAL_CLOSE = Uint8Array.of(3, 232)

/**
 * @param open resolves to a fresh stream for it alone
 * @param onCut told when it ends without being closed here
 */
export function openWebSocket(open: () => Promise<ByteStream>, onCut: () => void = () => {}): LiveSocket {
  let stream: ByteStream | undefined
  let isClosed = false
  let isClosing = false
  const socket: LiveSocket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: text => void sendFrame(TEXT, new TextEncoder().encode(text)),
    close() {
      if (isClosed) return
      isClosing = true
      void sendFrame(CLOSE, NORMAL_CLOSE).finally(end)
    },
  }

  async function sendFrame(opcode: number, payload: Uint8Array): Promise<void> {
    try {
      if (!isClosed) await stream?.send(frameOf(opcode, payload))
    } catch {
      end()
    }
  }

  function end(): void {
    if (isClosed) return
    isClosed = true
    stream?.abort()
    socket.onclose?.()
    if (!isClosing) onCut()
  }

  async function run(): Promise<void> {
    stream = await open()
    if (isClosed) return stream.abort()
    await stream.send(new TextEncoder().encode(handshake()))
    const reader = readBytes(stream)
    const { status } = await readHead(reader)
    // Sec-WebSocket-Accept guards against caches in between; there are none within a stream.
    if (status !== 101) return
    socket.onopen?.()
    await receive(reader, {
      message: data => socket.onmessage?.({ data }),
      ping: payload => void sendFrame(PONG, payload),
    })
  }

  void run().then(end, end)
  return socket
}

function handshake(): string {
  const key = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))))
  const lines = ['GET / HTTP/1.1', `Host: ${HOST}`, 'Connection: Upgrade', 'Upgrade: websocket']
  return `${[...lines, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`].join('\r\n')}\r\n\r\n`
}

/** What a client sends is masked (5.3). */
function frameOf(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload
  const size = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : undefined
  if (size === undefined) throw new StreamFault('a message that is too long')
  const mask = crypto.getRandomValues(new Uint8Array(4))
  const frame = new Uint8Array(1 + size.length + 4 + length)
  frame.set([0x80 | opcode, 0x80 | size[0]!, ...size.slice(1), ...mask])
  const start = 1 + size.length + 4
  for (let i = 0; i < length; i++) frame[start + i] = payload[i]! ^ mask[i & 3]!
  return frame
}

interface Receiver {
  readonly message: (text: string) => void
  readonly ping: (payload: Uint8Array) => void
}

/** Until the node closes it. */
async function receive(reader: ByteReader, { message, ping }: Receiver): Promise<void> {
  let pieces: Uint8Array<ArrayBuffer>[] = []
  let isWithin = false
  for (;;) {
    const first = await reader.some(1)
    if (first === undefined) return
    const { opcode, isLast, payload } = await readFrame(first[0]!, reader)
    if (opcode === CLOSE) return
    if (opcode === PING) ping(payload)
    else if (opcode === TEXT || opcode === CONTINUATION) {
      if (isWithin !== (opcode === CONTINUATION)) throw new StreamFault('a message within another')
      pieces.push(payload)
      if (pieces.reduce((sum, { length }) => sum + length, 0) > MAX_MESSAGE_BYTES) throw tooLong()
      isWithin = !isLast
      if (isWithin) continue
      message(await new Blob(pieces).text())
      pieces = []
    } else if (opcode !== PONG) throw new StreamFault('a frame of an unknown kind')
  }
}

async function readFrame(first: number, reader: ByteReader) {
  const opcode = first & 15
  const isLast = (first & 0x80) !== 0
  const second = (await reader.exactly(1))[0]!
  // Extensions were not offered, and a server does not mask.
  if ((first & 0x70) !== 0 || (second & 0x80) !== 0) throw new StreamFault('a frame that was not agreed on')
  const length = second < 126 ? second : await longLength(second, reader)
  if (length > (opcode >= CLOSE ? MAX_CONTROL_BYTES : MAX_MESSAGE_BYTES)) throw tooLong()
  if (opcode >= CLOSE && !isLast) throw new StreamFault('a control frame in pieces')
  return { opcode, isLast, payload: await reader.exactly(length) }
}

async function longLength(second: number, reader: ByteReader): Promise<number> {
  const bytes = await reader.exactly(second === 126 ? 2 : 8)
  return bytes.reduce((length, byte) => length * 256 + byte, 0)
}

function tooLong(): StreamFault {
  return new StreamFault('a message that is too long')
}
