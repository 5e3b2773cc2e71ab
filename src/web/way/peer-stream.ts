/** A stream of libp2p as a ByteStream. */
import type { Stream } from '@libp2p/interface'
import type { ByteStream } from './byte-stream.ts'

/** Read ahead of whoever takes it. */
const PAUSE_BYTES = 256 * 1024
/**
 * yamux tells the other side to wait; a data channel of WebRTC cannot, so that what comes meanwhile is kept up to this
 * and the stream ended beyond it.
 */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024

export function byteStreamOf(stream: Stream): ByteStream {
  const queue: Uint8Array[] = []
  let queued = 0
  let isEnding = false
  let failure: unknown
  let wake = (): void => {}

  stream.maxReadBufferLength = MAX_UNREAD_BYTES
  stream.addEventListener('message', ({ data }) => {
    const bytes = data.subarray()
    queue.push(bytes)
    queued += bytes.length
    if (queued > PAUSE_BYTES && stream.readStatus === 'readable') stream.pause()
    wake()
  })
  stream.addEventListener('remoteCloseWrite', () => {
    isEnding = true
    wake()
  })
  stream.addEventListener('close', ({ error }) => {
    isEnding = true
    failure ??= error
    wake()
  })

  return {
    async send(bytes) {
      stream.send(bytes)
      while (stream.writableNeedsDrain) await drained(stream)
    },
    async read() {
      for (;;) {
        if (queued <= PAUSE_BYTES / 2 && stream.readStatus === 'paused') stream.resume()
        const next = queue.shift()
        if (next !== undefined) {
          queued -= next.length
          return next
        }
        if (failure !== undefined) throw failure
        if (isEnding) return undefined
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
    abort: () => stream.abort(new Error('nobody reads it any more')),
  }
}

/** libp2p's own `onDrain` waits the first time only. */
async function drained(stream: Stream): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onDrain = (): void => resolve()
  const onClose = ({ error }: { readonly error?: Error }): void => reject(error ?? new Error('the stream was closed'))
  stream.addEventListener('drain', onDrain, { once: true })
  stream.addEventListener('close', onClose, { once: true })
  try {
    await promise
  } finally {
    stream.removeEventListener('drain', onDrain)
    stream.removeEventListener('close', onClose)
  }
}
