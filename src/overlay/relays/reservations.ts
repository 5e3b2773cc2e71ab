/** Places on relays for a node that cannot be reached: made, renewed, and made again whatever happens to the relays. */
import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import type { Connection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../../observe/clock.ts'
import { type Logger, messageOf } from '../../observe/log.ts'
import { MAX_HOP_BYTES, RESERVE_REQUEST, type Reservation, readReserveReply } from '../../wire/hop.ts'
import { scopeOf } from '../dial-filter.ts'
import type { Host } from '../libp2p.ts'

export interface HeldPlace {
  /** Node peer ID of the relay. */
  readonly relay: string
  /** `…/p2p/<relay>/p2p-circuit`. */
  readonly circuits: readonly string[]
}

export interface ReservationsParts {
  readonly host: Host
  readonly clock: Clock
  readonly log: Logger
  /** A connection to a node by its known addresses; throws when none answers. */
  readonly connect: (node: string) => Promise<unknown>
  /** Nodes that are not connected and look like relays, by what they announce. */
  readonly likelyRelays: () => readonly string[]
  /** The held places have changed. */
  readonly onChange: () => void
}

export interface Reservations {
  /** Begins to look for places, or gives them up. */
  keep(isNeeded: boolean): void
  held(): HeldPlace[]
  stop(): void
}

/** One may vanish while the other carries on. */
const WANTED_PLACES = 2
/** A relay that stalls must not keep the next one waiting. */
const ANSWER_MS = 5_000
/** A relay whose clock is wrong seems to keep a place for no time or for ever. */
const KEPT_MS = { least: 5 * 60_000, most: 24 * 3_600_000 } as const
/** A place is renewed after this part of its time. */
const RENEW_AFTER = 2 / 3
/** After a failed renewal, and for a relay that failed or refused: doubled each time up to the last. */
const REST_MS = { first: 5_000, last: 300_000 } as const
/** A relay that was lost is dialled again: at once, doubled up to the last, for so long. */
const REDIAL_MS = { first: 500, last: 30_000, all: 24 * 3_600_000 } as const
const MAX_LOST = 4
/** Relays that failed or refused, and how often: more than are tried in a day. */
const MAX_RESTING = 1_000
/** Unknown nodes that are dialled at a time because they may be relays. */
const MAX_GUESSES = 2
/** Addresses of one relay that are told on. */
const MAX_RELAY_ADDRESSES = 2

interface Place extends HeldPlace {
  readonly connection: string
  readonly expiresMs: number
  readonly cancelRenewal: () => void
}

interface Rest {
  readonly untilMs: number
  readonly waitMs: number
}

export function createReservations(parts: ReservationsParts): Reservations {
  return new ReservationKeeper(parts)
}

class ReservationKeeper implements Reservations {
  readonly #parts: ReservationsParts
  readonly #ended = new AbortController()
  readonly #places = new Map<string, Place>()
  readonly #resting = new Map<string, Rest>()
  /** Relays that were held and have gone, and are dialled again and again. */
  readonly #lost = new Map<string, { readonly cancel: () => void }>()
  #isNeeded = false
  #isLooking = false
  #mustLookAgain = false
  #cancelLook = () => {}

  constructor(parts: ReservationsParts) {
    this.#parts = parts
    const { host } = parts
    const { signal } = this.#ended
    host.addEventListener('connection:close', ({ detail }) => this.#onClose(detail), { signal })
    // What a peer speaks is known when it was identified, and may change later: it becomes a relay, or ceases to be one.
    host.addEventListener('peer:identify', ({ detail }) => void this.#onIdentified(detail.peerId), { signal })
    host.addEventListener('peer:update', ({ detail }) => void this.#onIdentified(detail.peer.id), { signal })
  }

  keep(isNeeded: boolean): void {
    if (this.#isNeeded === isNeeded) return
    this.#isNeeded = isNeeded
    this.#cancelLook()
    if (isNeeded) this.#look()
    else this.#giveUp()
  }

  held(): HeldPlace[] {
    return [...this.#places.values()].map(({ relay, circuits }) => ({ relay, circuits }))
  }

  stop(): void {
    this.#ended.abort()
    this.keep(false)
  }

  #giveUp(): void {
    for (const { cancel } of this.#lost.values()) cancel()
    this.#lost.clear()
    // The relay forgets a place by itself; whoever still comes through it is let in.
    for (const { cancelRenewal } of this.#places.values()) cancelRenewal()
    this.#places.clear()
    this.#parts.onChange()
  }

  async #onIdentified(peer: PeerId): Promise<void> {
    if (!this.#isNeeded) return
    const relay = peer.toString()
    const place = this.#places.get(relay)
    // A relay that ceases to serve has forgotten its places, and takes nobody there any more.
    if (place !== undefined && !(await this.#isRelay(peer)) && this.#places.get(relay) === place) this.#forget(relay)
    if (this.#places.size < WANTED_PLACES && !this.#places.has(relay)) this.#look()
  }

  #onClose(connection: Connection): void {
    const id = connection.remotePeer.toString()
    // A new connection to the same peer is a new chance.
    this.#resting.delete(id)
    if (this.#places.get(id)?.connection !== connection.id) return
    this.#forget(id)
    this.#redial(id, REDIAL_MS.first, this.#parts.clock.nowMs() + REDIAL_MS.all)
    this.#look()
  }

  #forget(relay: string): void {
    this.#places.get(relay)?.cancelRenewal()
    if (this.#places.delete(relay)) this.#parts.onChange()
  }

  /** One look at a time; what happens meanwhile makes another one. */
  #look(): void {
    this.#mustLookAgain = true
    if (!this.#isLooking) void this.#lookRound()
  }

  async #lookRound(): Promise<void> {
    this.#isLooking = true
    while (this.#mustLookAgain && this.#isNeeded && !this.#ended.signal.aborted) {
      this.#mustLookAgain = false
      this.#cancelLook()
      try {
        await this.#fill()
      } catch (error) {
        this.#parts.log('warn', 'relays could not be looked for', { reason: messageOf(error) })
      }
    }
    this.#isLooking = false
  }

  async #fill(): Promise<void> {
    const { clock, likelyRelays } = this.#parts
    const candidates = await this.#candidates()
    const askOneAfterTheOther = async () => {
      for (let next = candidates.shift(); next !== undefined; next = candidates.shift()) {
        if (this.#places.size >= WANTED_PLACES || !this.#isNeeded) return
        await this.#reserve(next)
      }
    }
    // Two at a time, so that one that stalls does not hold up the others.
    await Promise.all([askOneAfterTheOther(), askOneAfterTheOther()])
    if (this.#places.size >= WANTED_PLACES || !this.#isNeeded) return
    const unknown = likelyRelays().filter(id => !this.#rests(id) && !this.#lost.has(id))
    await Promise.all(unknown.slice(0, MAX_GUESSES).map(id => this.#meet(id)))
    this.#cancelLook = clock.after(REST_MS.first, () => this.#look())
  }

  /** Connections to relays that may have a place: the ones that were held before first. */
  async #candidates(): Promise<Connection[]> {
    const { host } = this.#parts
    const direct = new Map<string, Connection>()
    for (const connection of host.getConnections()) {
      const id = connection.remotePeer.toString()
      const isDirect = connection.limits === undefined && connection.status === 'open'
      if (isDirect && !this.#places.has(id) && !this.#rests(id)) direct.set(id, connection)
    }
    const relays: Connection[] = []
    for (const connection of direct.values()) if (await this.#isRelay(connection.remotePeer)) relays.push(connection)
    const wasHeld = ({ remotePeer }: Connection) => Number(this.#lost.has(remotePeer.toString()))
    return relays.sort((a, b) => wasHeld(b) - wasHeld(a))
  }

  async #isRelay(peer: PeerId): Promise<boolean> {
    try {
      return (await this.#parts.host.peerStore.get(peer)).protocols.includes(RELAY_V2_HOP_CODEC)
    } catch {
      // Nothing is known of it.
      return false
    }
  }

  #rests(id: string): boolean {
    return (this.#resting.get(id)?.untilMs ?? 0) > this.#parts.clock.nowMs()
  }

  #rest(id: string): void {
    const waitMs = Math.min((this.#resting.get(id)?.waitMs ?? REST_MS.first / 2) * 2, REST_MS.last)
    this.#resting.delete(id)
    if (this.#resting.size >= MAX_RESTING) this.#resting.delete(this.#resting.keys().next().value!)
    this.#resting.set(id, { untilMs: this.#parts.clock.nowMs() + waitMs, waitMs })
  }

  async #meet(id: string): Promise<void> {
    try {
      await this.#parts.connect(id)
    } catch (error) {
      this.#rest(id)
      this.#parts.log('debug', 'a likely relay could not be reached', { node: id, reason: messageOf(error) })
    }
  }

  async #reserve(connection: Connection): Promise<void> {
    const { log, clock, onChange } = this.#parts
    const relay = connection.remotePeer.toString()
    try {
      const reservation = await askForPlace(connection, this.#ended.signal)
      const isOneTooMany = this.#places.size >= WANTED_PLACES && !this.#places.has(relay)
      if (!this.#isNeeded || isOneTooMany || connection.status !== 'open') return
      const keptMs = clamp(reservation.expires * 1000 - clock.nowMs(), KEPT_MS.least, KEPT_MS.most)
      this.#places.get(relay)?.cancelRenewal()
      const before = this.#places.get(relay)
      const place: Place = {
        relay,
        circuits: circuitsThrough(connection, reservation),
        connection: connection.id,
        expiresMs: clock.nowMs() + keptMs,
        cancelRenewal: clock.after(keptMs * RENEW_AFTER, () => void this.#renew(connection)),
      }
      this.#places.set(relay, place)
      this.#resting.delete(relay)
      this.#lost.get(relay)?.cancel()
      this.#lost.delete(relay)
      if (before?.circuits.join() !== place.circuits.join()) onChange()
    } catch (error) {
      this.#rest(relay)
      log('info', 'a relay gave no place', { node: relay, reason: messageOf(error) })
    }
  }

  /** A place that is not renewed stays as long as the relay said. */
  async #renew(connection: Connection): Promise<void> {
    const { clock } = this.#parts
    const relay = connection.remotePeer.toString()
    const expiresMs = this.#places.get(relay)?.expiresMs
    if (expiresMs === undefined) return
    await this.#reserve(connection)
    const place = this.#places.get(relay)
    if (place?.expiresMs !== expiresMs) return
    const leftMs = expiresMs - clock.nowMs()
    if (leftMs > REST_MS.first) {
      const cancelRenewal = clock.after(Math.min(leftMs / 2, REST_MS.last), () => void this.#renew(connection))
      this.#places.set(relay, { ...place, cancelRenewal })
    } else {
      this.#forget(relay)
      this.#look()
    }
  }

  /** A relay that was held is the one that others know: it is dialled until it is back or two others are held. */
  #redial(id: string, waitMs: number, untilMs: number): void {
    const { clock, connect } = this.#parts
    if (!this.#isNeeded || clock.nowMs() > untilMs) return void this.#lost.delete(id)
    this.#lost.get(id)?.cancel()
    this.#lost.delete(id)
    if (this.#lost.size >= MAX_LOST) {
      const [oldest, { cancel }] = this.#lost.entries().next().value!
      cancel()
      this.#lost.delete(oldest)
    }
    const next = () => this.#redial(id, Math.min(waitMs * 2, REDIAL_MS.last), untilMs)
    const cancel = clock.after(waitMs, () => {
      if (this.#places.size >= WANTED_PLACES) return void this.#lost.delete(id)
      // Connected or not: until the place is held again the next try stands.
      if (this.#parts.host.getConnections(peerIdFromString(id)).length > 0) return next()
      void connect(id).then(next, next)
    })
    this.#lost.set(id, { cancel })
  }
}

async function askForPlace(connection: Connection, ended: AbortSignal): Promise<Reservation> {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(ANSWER_MS)])
  const stream = await connection.newStream(RELAY_V2_HOP_CODEC, { signal })
  try {
    const frames = lpStream(stream, { maxDataLength: MAX_HOP_BYTES, maxBufferSize: MAX_HOP_BYTES * 2 })
    await frames.write(RESERVE_REQUEST, { signal })
    const reply = readReserveReply((await frames.read({ signal })).subarray())
    await stream.close({ signal })
    if ('refused' in reply) throw new Error(reply.refused)
    return reply
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

/** Where the relay was reached, and what it says of itself as far as that is public: it may lie. */
function circuitsThrough({ remoteAddr, remotePeer, direction }: Connection, { addresses }: Reservation): string[] {
  const reached = direction === 'outbound' ? [remoteAddr.toString()] : []
  const said = addresses.flatMap(bytes => publicAddress(bytes))
  const direct = new Set([...reached, ...said].map(address => address.replace(/\/p2p\/[^/]+$/, '')))
  return [...direct].slice(0, MAX_RELAY_ADDRESSES).map(address => `${address}/p2p/${remotePeer}/p2p-circuit`)
}

function publicAddress(bytes: Uint8Array): string[] {
  try {
    const address = multiaddr(bytes)
    const isName = address.getComponents()[0]?.name.startsWith('dns') === true
    const isDirect = !address.toString().includes('/p2p-circuit')
    return isDirect && (isName || scopeOf(address) === 'public') ? [address.toString()] : []
  } catch {
    // Of a form that only later versions know, or none.
    return []
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
