/**
 * What goes out on one connection: everything of one turn of the event loop as one write, and never more pending than a
 * bound.
 */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** A text, or a frame that was made for several connections (`frameOf`). */
export type Outgoing = string | Frame

/** A whole unmasked text frame (RFC 6455 §5.2) and its text. */
export interface Frame {
  readonly text: string
  readonly bytes: Buffer
}

/** JSON that can be written where it is needed. */
export interface Json {
  readonly json: string
  /** As UTF-8. */
  readonly maxJsonBytes: number
  writeJson(out: Buffer, at: number): number
}

export interface Writer {
  send(message: Outgoing): void
  /** Sends the JSON of an array: `start`, an element, and the bracket that ends it. */
  sendArray(start: Buffer, last: Json): void
  /** Hands over what this turn has gathered, before a close. */
  flush(): void
  /** Bytes that the other end has not taken yet. */
  pendingBytes(): number
  /** Nothing when there is room for more; else what resolves when there is, or when the connection is gone. */
  room(): Promise<void> | undefined
  /** The connection is gone: nobody waits any longer. */
  release(): void
}

export interface WriterLimits {
  /** Above so many pending bytes there is no room. */
  readonly pauseBytes: number
  /** Above so many nothing more is sent, and the connection is ended: whoever does not read is not sent the rest. */
  readonly maxPendingBytes: number
}

type Socket = Pick<WebSocket, 'send' | 'terminate' | 'bufferedAmount' | 'readyState' | 'OPEN' | 'extensions'>

export function createWriter(socket: Duplex, webSocket: Socket, limits: WriterLimits): Writer {
  return new BatchingWriter(socket, webSocket, limits)
}

const HEADER_BYTES = 10
/** Frames of stored events that are written one behind the other, unless one needs more. */
const CHUNK_BYTES = 64 * 1024
/** Chunks that are kept for the next ones, of all connections: what lives for one turn only would cost the collector. */
const SPARE_CHUNKS = 8
const spare: Buffer[] = []
const BRACKET = 0x5d

export function frameOf(text: string): Frame {
  return { text, bytes: joinFrames([text]) }
}

class BatchingWriter implements Writer {
  readonly #socket: Duplex
  readonly #webSocket: Socket
  readonly #limits: WriterLimits
  /** What compresses keeps an order of its own and must see every message. */
  readonly #compresses: boolean
  #batch: (Outgoing | Chunk)[] = []
  #batchBytes = 0
  #waiting: (() => void)[] = []
  #released = false

  constructor(socket: Duplex, webSocket: Socket, limits: WriterLimits) {
    this.#limits = limits
    this.#socket = socket
    this.#webSocket = webSocket
    this.#compresses = webSocket.extensions !== ''
  }

  send(message: Outgoing): void {
    if (this.#released) return
    this.#push(message, typeof message === 'string' ? message.length : message.bytes.length)
  }

  sendArray(start: Buffer, last: Json): void {
    if (this.#released) return
    if (this.#compresses) {
      this.send(`${start.toString()}${last.json}]`)
      return
    }
    const room = HEADER_BYTES + start.length + last.maxJsonBytes + 1
    const open = this.#batch.at(-1)
    const chunk = open instanceof Chunk && open.hasRoom(room) ? open : new Chunk(room)
    const before = chunk.length
    chunk.add(start, last)
    if (chunk === open) this.#batchBytes += chunk.length - before
    else this.#push(chunk, chunk.length)
  }

  #push(message: Outgoing | Chunk, bytes: number): void {
    this.#batch.push(message)
    this.#batchBytes += bytes
    if (this.#batch.length > 1) return
    process.nextTick(() => this.flush())
    if (this.pendingBytes() > this.#limits.maxPendingBytes) {
      this.release()
      this.#webSocket.terminate()
    }
  }

  pendingBytes(): number {
    return this.#webSocket.bufferedAmount + this.#batchBytes
  }

  room(): Promise<void> | undefined {
    if (this.#hasRoom()) return undefined
    return new Promise(resolve => void this.#waiting.push(resolve))
  }

  release(): void {
    this.#released = true
    this.#batch = []
    this.#batchBytes = 0
    this.#wake()
  }

  #hasRoom(): boolean {
    return this.#released || this.pendingBytes() <= this.#limits.pauseBytes
  }

  readonly #written = (): void => {
    if (this.#waiting.length > 0 && this.#hasRoom()) this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return
    if (!this.#compresses) {
      this.#write(batch)
      return
    }
    for (const message of batch) {
      if (message instanceof Chunk) throw new Error('what is compressed is not in chunks')
      this.#webSocket.send(typeof message === 'string' ? message : message.text, this.#written)
    }
  }

  /** Chunks as they are, what stands between two of them in one buffer; all of it in one call of the system. */
  #write(batch: readonly (Outgoing | Chunk)[]): void {
    const between: Outgoing[] = []
    const writeBetween = () => {
      if (between.length > 0) this.#socket.write(joinFrames(between.splice(0)), this.#written)
    }
    this.#socket.cork()
    for (const message of batch) {
      if (!(message instanceof Chunk)) {
        between.push(message)
        continue
      }
      writeBetween()
      this.#socket.write(message.bytes, () => {
        message.release()
        this.#written()
      })
    }
    writeBetween()
    this.#socket.uncork()
  }
}

/** Whole frames in one buffer, as they are made. */
class Chunk {
  length = 0
  readonly #bytes: Buffer

  constructor(room: number) {
    this.#bytes = (room <= CHUNK_BYTES ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(Math.max(room, CHUNK_BYTES))
  }

  /** The system has taken its bytes. */
  release(): void {
    if (this.#bytes.length === CHUNK_BYTES && spare.length < SPARE_CHUNKS) spare.push(this.#bytes)
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  hasRoom(room: number): boolean {
    return this.#bytes.length - this.length >= room
  }

  add(start: Buffer, last: Json): void {
    const bytes = this.#bytes
    // The header is as long as the message demands, which is known afterwards; nearly all take four bytes.
    const payload = this.length + MIDDLE_HEADER_BYTES
    let end = last.writeJson(bytes, payload + start.copy(bytes, payload))
    bytes[end++] = BRACKET
    const shift = headerBytes(end - payload) - MIDDLE_HEADER_BYTES
    if (shift !== 0) bytes.copyWithin(payload + shift, payload, end)
    writeHeader(bytes, this.length, end - payload)
    this.length = end + shift
  }
}

function joinFrames(batch: readonly Outgoing[]): Buffer {
  const [only] = batch
  if (batch.length === 1 && typeof only === 'object') return only.bytes
  let room = 0
  for (const message of batch) {
    room += typeof message === 'string' ? HEADER_BYTES + Buffer.byteLength(message) : message.bytes.length
  }
  const bytes = Buffer.allocUnsafe(room)
  let at = 0
  for (const message of batch) {
    if (typeof message === 'string') at = writeFrame(bytes, at, message)
    else at += message.bytes.copy(bytes, at)
  }
  return bytes.subarray(0, at)
}

function writeFrame(bytes: Buffer, start: number, text: string): number {
  const at = writeHeader(bytes, start, Buffer.byteLength(text))
  return at + bytes.write(text, at)
}

const MIDDLE_HEADER_BYTES = 4

function headerBytes(length: number): number {
  if (length < 126) return 2
  return length < 65_536 ? MIDDLE_HEADER_BYTES : HEADER_BYTES
}

/** Of a whole text frame with a payload of this length. @returns where that begins */
function writeHeader(bytes: Buffer, start: number, length: number): number {
  let at = start
  bytes[at++] = 0x81
  if (length < 126) bytes[at++] = length
  else if (length < 65_536) {
    bytes[at++] = 126
    at = bytes.writeUInt16BE(length, at)
  } else {
    bytes[at++] = 127
    at = bytes.writeUInt32BE(0, at)
    at = bytes.writeUInt32BE(length, at)
  }
  return at
}
