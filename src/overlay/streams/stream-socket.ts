/**
 * A libp2p stream as Node.js' HTTP server takes it: a Duplex with the few methods of a socket that the server and `ws` call.
 * The `streamToSocket` of `@libp2p/http-utils` does not hold here: it reads on when nobody takes what came, loses what waits
 * to be written when it is destroyed, waits for ever for a peer that does not read, does not see a half-closed stream, and
 * never times out.
 */
import { Duplex } from 'node:stream'
import type { Stream } from '@libp2p/interface'

/** Handed to the stream at once. */
const MAX_SENT_BYTES = 64 * 1024
/** What is written last goes out within this, or never: two megabytes may wait before it on a slow line. */
const FLUSH_MS = 60_000
/** After its last byte a peer gets so long to close its side. */
const LINGER_MS = 5_000

export interface StreamSocketOptions {
  /** Peer ID of the other end, proved by noise. */
  readonly peer: string
  /** Whether it comes over a circuit that its relay limits. */
  readonly limited: boolean
}

export class StreamSocket extends Duplex {
  readonly peer: string
  readonly limited: boolean
  bytesRead = 0
  readonly #stream: Stream
  #idle: NodeJS.Timeout | undefined

  constructor(stream: Stream, { peer, limited }: StreamSocketOptions) {
    super({ allowHalfOpen: true })
    this.peer = peer
    this.limited = limited
    this.#stream = stream
    // A reset is no fault of this program; whoever reads or writes learns of it by the close.
    this.on('error', () => {})
    stream.addEventListener('message', ({ data }) => {
      this.#stir()
      this.bytesRead += data.byteLength
      if (!this.push(data.subarray()) && stream.readStatus === 'readable') stream.pause()
    })
    stream.addEventListener('end', () => void this.push(null))
    stream.addEventListener('close', ({ error }) => {
      if (error !== undefined) this.destroy(error)
    })
    if (stream.readableEnded) this.push(null)
  }

  override _read(): void {
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send([chunk]).then(() => done(), done)
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    this.#send(chunks.map(({ chunk }) => chunk)).then(() => done(), done)
  }

  /** What was written together goes out together, within bounds: libp2p resets a stream for which too much waits. */
  async #send(chunks: readonly Uint8Array[]): Promise<void> {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    for (let at = 0; at < all.length; at += MAX_SENT_BYTES) {
      this.#stir()
      this.#stream.send(all.subarray(at, at + MAX_SENT_BYTES))
      while (this.#stream.writableNeedsDrain) await this.#drained()
    }
  }

  /** libp2p's own `onDrain` waits the first time only. */
  async #drained(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onClose = ({ error }: { readonly error?: Error }) => reject(error ?? new Error('the stream was closed'))
    this.#stream.addEventListener('close', onClose, { once: true })
    this.#stream.addEventListener('drain', () => resolve(), { once: true })
    try {
      await promise
    } finally {
      this.#stream.removeEventListener('close', onClose)
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream.close({ signal: AbortSignal.timeout(FLUSH_MS) }).then(() => done(), done)
  }

  /** As of a socket: what was written still goes out. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#idle)
    this.#leave()
    done(error)
  }

  /** A reset right behind the last bytes would take them from a peer that has not read them. */
  #leave(): void {
    const stream = this.#stream
    if (stream.status !== 'open') return
    const giveUp = () => stream.abort(new Error('the other end did not close'))
    const timer = setTimeout(giveUp, LINGER_MS).unref()
    stream.addEventListener('close', () => clearTimeout(timer))
    // What still comes is let go: nobody reads it, and it must not fill the memory.
    if (stream.readStatus === 'paused') stream.resume()
    stream.close({ signal: AbortSignal.timeout(LINGER_MS) }).catch(giveUp)
  }

  /** Ends when everything is written. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  /** As of a socket: `timeout` is emitted when nothing has gone either way for so long; 0 for never. */
  setTimeout(ms: number, told?: () => void): this {
    clearTimeout(this.#idle)
    this.#idle = ms === 0 ? undefined : setTimeout(() => this.emit('timeout'), ms).unref()
    if (told !== undefined) this.once('timeout', told)
    return this
  }

  #stir(): void {
    this.#idle?.refresh()
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }
}
