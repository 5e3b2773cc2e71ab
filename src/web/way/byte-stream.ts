/** Bytes both ways, as libp2p's streams and TCP have them, read when somebody wants them. */

export interface ByteStream {
  /** Resolves when more may be sent. */
  send(bytes: Uint8Array): Promise<void>
  /** What comes next; undefined at the end. One at a time. */
  read(): Promise<Uint8Array | undefined>
  /** Ends it at once, both ways. */
  abort(): void
}

/** The other side broke the protocol, or asks for more than is taken. */
export class StreamFault extends Error {
  override readonly name = 'StreamFault'
}

/** A stream that is read up to certain bytes, or so many of them. */
export interface ByteReader {
  /** The line up to the next CRLF, without it. */
  line(maxBytes: number): Promise<string>
  /** At least one byte, at most `maxBytes`; undefined at the end. */
  some(maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Exactly so many. */
  exactly(bytes: number): Promise<Uint8Array<ArrayBuffer>>
  /** Whether bytes wait that nobody asked for. */
  hasRest(): boolean
}

const LF = 10

export function readBytes(stream: Pick<ByteStream, 'read'>): ByteReader {
  let rest: Uint8Array = new Uint8Array(0)

  async function more(): Promise<boolean> {
    const next = await stream.read()
    if (next === undefined) return false
    if (rest.length === 0) rest = next
    else {
      const joined = new Uint8Array(rest.length + next.length)
      joined.set(rest)
      joined.set(next, rest.length)
      rest = joined
    }
    return true
  }

  function take(bytes: number): Uint8Array<ArrayBuffer> {
    const taken = rest.slice(0, bytes)
    rest = rest.subarray(bytes)
    return taken
  }

  return {
    async line(maxBytes) {
      for (let from = 0; ; ) {
        const end = rest.indexOf(LF, from)
        if (end > maxBytes || (end < 0 && rest.length > maxBytes)) throw new StreamFault('a line without an end')
        if (end >= 0) return latin1(take(end + 1)).replace(/\r?\n$/, '')
        from = rest.length
        if (!(await more())) throw new StreamFault('the stream ended within a line')
      }
    },
    async some(maxBytes) {
      while (rest.length === 0) if (!(await more())) return undefined
      return take(Math.min(maxBytes, rest.length))
    },
    async exactly(bytes) {
      const all = new Uint8Array(bytes)
      for (let filled = 0; filled < bytes; ) {
        while (rest.length === 0) if (!(await more())) throw new StreamFault('the stream ended too early')
        const piece = take(Math.min(bytes - filled, rest.length))
        all.set(piece, filled)
        filled += piece.length
      }
      return all
    },
    hasRest: () => rest.length > 0,
  }
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
