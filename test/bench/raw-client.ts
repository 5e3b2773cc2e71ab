/** HTTP/1.1 over one keep-alive connection, as cheap as can be, so that the node's work is what is measured. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawResponse {
  readonly status: number
  /** Status line and headers, with the empty line. */
  readonly head: string
  readonly body: Buffer
}

export interface RawClient {
  /** One request at a time. @throws when the connection ends, or the answer has no Content-Length */
  request(method: 'GET' | 'POST', path: string, body?: string, headers?: string): Promise<RawResponse>
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')

export async function connectClient(port: number): Promise<RawClient> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  const reader = new ResponseReader(socket)
  return {
    async request(method, path, body = '', headers = '') {
      const type = method === 'POST' ? 'content-type: application/json\r\n' : ''
      const length = Buffer.byteLength(body)
      const head = `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${type}${headers}content-length: ${length}\r\n\r\n`
      socket.write(head + body)
      return reader.next()
    },
    close: () => socket.destroy(),
  }
}

class ResponseReader {
  #bytes: Buffer = Buffer.alloc(0)
  #waiting: PromiseWithResolvers<RawResponse> | undefined
  #ended: Error | undefined

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
      this.#take()
    })
    const end = (error: Error) => {
      this.#ended ??= error
      this.#waiting?.reject(this.#ended)
    }
    socket.on('error', end)
    socket.on('close', () => end(new Error('the node closed the connection')))
  }

  next(): Promise<RawResponse> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  #take(): void {
    const end = this.#bytes.indexOf(HEAD_END)
    if (end === -1 || this.#waiting === undefined) return
    const bodyAt = end + HEAD_END.length
    const head = this.#bytes.toString('latin1', 0, bodyAt)
    const length = /^content-length: *(\d+)/im.exec(head)?.[1]
    if (length === undefined) {
      this.#waiting.reject(new Error(`an answer without Content-Length: ${head}`))
      return
    }
    const bodyEnd = bodyAt + Number(length)
    if (this.#bytes.length < bodyEnd) return
    const body = this.#bytes.subarray(bodyAt, bodyEnd)
    this.#bytes = this.#bytes.subarray(bodyEnd)
    const { resolve } = this.#waiting
    this.#waiting = undefined
    resolve({ status: Number(head.slice(9, 12)), head, body })
  }
}
