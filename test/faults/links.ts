/** The network between the nodes: a TCP proxy on loopback for each pair and direction, with faults. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** `cut`: connections are reset, and none comes about. `mute`: nothing passes, and nobody is told. */
export type Hindrance = { readonly how: 'cut' | 'mute' } | { readonly how: 'slow'; readonly delayMs: number }

export interface Network {
  /** Ports of the links from this node: by the port of the other node. */
  linksFrom(node: number): Record<number, number>
  /** Lays this between these nodes and the others, in both directions; the returned function takes it away. */
  hinder(nodes: readonly number[], hindrance: Hindrance): () => void
  close(): void
}

/** Bytes under way in one direction of a connection before its sender has to wait. */
const WINDOW_BYTES = 256 * 1024

/** @param ports of the nodes, by their numbers */
export async function createNetwork(ports: readonly number[]): Promise<Network> {
  const links = new Map<string, Link>()
  for (const [from] of ports.entries()) {
    for (const [to, port] of ports.entries()) if (from !== to) links.set(`${from} ${to}`, await createLink(port))
  }
  return {
    linksFrom: node =>
      Object.fromEntries(
        ports.flatMap((port, to) => (to === node ? [] : [[port, links.get(`${node} ${to}`)!.port] as const])),
      ),
    hinder(nodes, hindrance) {
      const inside = new Set(nodes)
      const crossing = [...links].filter(([name]) => {
        const [from, to] = name.split(' ').map(Number)
        return inside.has(from!) !== inside.has(to!)
      })
      const ends = crossing.map(([, link]) => link.hinder(hindrance))
      return () => {
        for (const end of ends) end()
      }
    },
    close() {
      for (const link of links.values()) link.close()
    },
  }
}

interface Link {
  readonly port: number
  hinder(hindrance: Hindrance): () => void
  close(): void
}

async function createLink(target: number): Promise<Link> {
  const hindrances = new Set<Hindrance>()
  const lines = new Set<Line>()
  const has = (how: Hindrance['how']): boolean => [...hindrances].some(hindrance => hindrance.how === how)
  const weather: Weather = {
    isMute: () => has('mute'),
    delayMs: () => Math.max(0, ...[...hindrances].map(one => (one.how === 'slow' ? one.delayMs : 0))),
  }
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, near => {
    if (has('cut')) return near.resetAndDestroy()
    const line = new Line(near, target, weather, () => lines.delete(line))
    lines.add(line)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    hinder(hindrance) {
      hindrances.add(hindrance)
      if (hindrance.how === 'cut') for (const line of lines) line.reset()
      return () => {
        hindrances.delete(hindrance)
        for (const line of lines) line.wake()
      }
    },
    close() {
      for (const line of lines) line.reset()
      server.close()
    },
  }
}

interface Weather {
  isMute(): boolean
  delayMs(): number
}

/** One connection: the part from the node to the proxy, and the part from there to the other node. */
class Line {
  readonly #near: Socket
  readonly #target: number
  readonly #weather: Weather
  readonly #onEnd: () => void
  #ways: readonly Way[] = []

  constructor(near: Socket, target: number, weather: Weather, onEnd: () => void) {
    this.#near = near
    this.#target = target
    this.#weather = weather
    this.#onEnd = onEnd
    near.on('error', () => near.destroy())
    near.once('close', onEnd)
    this.wake()
  }

  /** Looks again whether what waits may go. */
  wake(): void {
    if (this.#ways.length === 0) this.#reach()
    else for (const way of this.#ways) way.pump()
  }

  reset(): void {
    this.#near.resetAndDestroy()
    for (const way of this.#ways) way.reset()
    this.#onEnd()
  }

  /** The far part is made when something passes: until then the dialler waits, as for an answer to its SYN. */
  #reach(): void {
    if (this.#weather.isMute() || this.#near.destroyed) return
    const far = connect({ host: '127.0.0.1', port: this.#target, noDelay: true, allowHalfOpen: true })
    this.#ways = [new Way(this.#near, far, this.#weather), new Way(far, this.#near, this.#weather)]
  }
}

interface Parcel {
  readonly bytes: Buffer | 'end' | 'gone'
  readonly dueMs: number
}

/** One direction. Also the end of a connection is news that has to get through. */
class Way {
  readonly #from: Socket
  readonly #to: Socket
  readonly #weather: Weather
  #waiting: Parcel[] = []
  #bytes = 0
  #isBlocked = false
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket, weather: Weather) {
    this.#from = from
    this.#to = to
    this.#weather = weather
    from.on('data', (bytes: Buffer) => this.#take(bytes))
    from.on('end', () => this.#take('end'))
    from.on('error', () => from.destroy())
    from.once('close', () => this.#take('gone'))
  }

  pump(): void {
    clearTimeout(this.#timer)
    while (this.#waiting.length > 0 && !this.#isBlocked && !this.#weather.isMute()) {
      const leftMs = this.#waiting[0]!.dueMs - performance.now()
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.pump(), leftMs)
        return
      }
      this.#pass(this.#waiting.shift()!.bytes)
    }
  }

  reset(): void {
    clearTimeout(this.#timer)
    this.#waiting = []
    this.#from.resetAndDestroy()
  }

  #take(bytes: Parcel['bytes']): void {
    this.#waiting.push({ bytes, dueMs: performance.now() + this.#weather.delayMs() })
    if (typeof bytes !== 'string') {
      this.#bytes += bytes.length
      if (this.#bytes > WINDOW_BYTES) this.#from.pause()
    }
    this.pump()
  }

  #pass(bytes: Parcel['bytes']): void {
    if (bytes === 'gone') this.#to.destroy()
    else if (bytes === 'end') this.#to.end()
    else {
      this.#bytes -= bytes.length
      if (this.#bytes <= WINDOW_BYTES) this.#from.resume()
      if (this.#to.destroyed || this.#to.write(bytes)) return
      this.#isBlocked = true
      this.#to.once('drain', () => {
        this.#isBlocked = false
        this.pump()
      })
    }
  }
}
