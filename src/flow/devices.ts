/**
 * The owner's devices: each has a token of its own, of which the node keeps only the SHA-256, and can be shut out by
 * itself (specification/rest-api.md, R13).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Refusal } from '../event/refusal.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import type { Clock } from '../observe/clock.ts'
import { type Logger, messageOf } from '../observe/log.ts'
import { newToken } from '../store/data-directory.ts'
import { createLatestWriter, DataDirectoryError, type KeptFile, refusedByDisk } from '../store/kept-file.ts'
import type { Device, NewDevice } from '../wire/devices.ts'
import { isPeerId } from '../wire/peer-id.ts'

/** Who came with a token. */
export interface KnownDevice {
  readonly id: string
  /** Aborted when the device is revoked: whatever it has open ends then. */
  readonly revoked: AbortSignal
  /** It is still there: a connection that stays open says so now and then. */
  seen(): void
}

export interface Devices {
  /** The device whose token this is, seen now; takes as long for a near miss as for nonsense. */
  find(token: string | undefined): KnownDevice | undefined
  /** The device to which this peer ID belongs, seen now. */
  findPeer(peer: string): KnownDevice | undefined
  /** Whether a device has this peer ID; it is not seen by that. */
  hasPeer(peer: string): boolean
  /** In the order in which they were made. */
  list(): readonly Omit<Device, 'isThis'>[]
  /** The token of the first device, which the node prints when it starts. */
  firstToken(): string
  /** @param name checked here, as is @param peer, by which it comes from away */
  add(name: unknown, peer?: unknown): Promise<NewDevice | Rejection>
  /**
   * From now on this peer ID is that device's, and no other's. Undefined when there is no such device.
   * @param peer checked here
   */
  addPeer(id: string, peer: unknown): Promise<Omit<Device, 'isThis'> | Rejection | undefined>
  /** Undefined when there is no such device. */
  rename(id: string, name: unknown): Promise<Omit<Device, 'isThis'> | Rejection | undefined>
  /**
   * Shuts it out at once. The first device gets a new token in place of the old one, so that whoever sits at the node can
   * always come in. Undefined when there is no such device.
   */
  revoke(id: string): Promise<{ readonly id: string } | Rejection | undefined>
  /** Tells of each device that is shut out, and by which peer IDs it came. */
  onRevoked(told: (id: string, peers: readonly string[]) => void): void
  /** Writes down when each was seen last. */
  stop(): Promise<void>
}

export interface DevicesParts {
  /** Reads the first device's token, or makes it. */
  readonly token: () => Promise<string>
  readonly renewToken: () => Promise<string>
  readonly file: KeptFile
  readonly clock: Clock
  readonly log: Logger
}

export const MAX_DEVICES = 100
export const MAX_DEVICE_NAME_CHARS = 60
/** Browsers that share the token of one device, as they may that of the first, each with a key of its own. */
export const MAX_PEERS_OF_DEVICE = 8
const FIRST = 'first'
/** A crash forgets at most this much of when devices were seen. */
const SAVE_SEEN_MS = 3_600_000

interface Entry {
  readonly id: string
  name: string
  readonly createdMs: number
  seenMs: number | undefined
  readonly hash: Buffer
  /** Peer IDs, the latest last. */
  readonly peers: string[]
  readonly end: AbortController
}

/** @throws DataDirectoryError when what is kept cannot be read */
export async function openDevices(parts: DevicesParts): Promise<Devices> {
  const { file, clock, log } = parts
  const entries = new Map<string, Entry>()
  const listeners: ((id: string, peers: readonly string[]) => void)[] = []
  let firstToken = await parts.token()
  let cancelSaving: (() => void) | undefined
  const book = createLatestWriter(file, () => encode([...entries.values()]))

  function entryOf(kept: Omit<Entry, 'end'>): Entry {
    return { ...kept, peers: [...kept.peers], end: new AbortController() }
  }

  function kept(sentence: string, code?: Refusal): Promise<Rejection | undefined> {
    return refusedByDisk(book.save(), sentence, code)
  }

  function noteSeen(entry: Entry): void {
    entry.seenMs = clock.nowMs()
    cancelSaving ??= clock.after(SAVE_SEEN_MS, () => void saveSeen())
  }

  async function saveSeen(): Promise<void> {
    cancelSaving = undefined
    try {
      await book.save()
    } catch (error) {
      log('warn', 'when devices were seen last could not be written', { reason: messageOf(error) })
    }
  }

  const held = decode(await file.read(), file.path)
  const nowMs = clock.nowMs()
  const first = held.find(({ id }) => id === FIRST) ?? { ...NEW, id: FIRST, name: '', createdMs: nowMs }
  entries.set(FIRST, entryOf({ ...first, hash: digest(firstToken) }))
  for (const device of held) if (device.id !== FIRST) entries.set(device.id, entryOf(device))
  // So that its date stays what it is.
  if (first.createdMs === nowMs) await saveSeen()

  const holderOf = (peer: string) => [...entries.values()].find(({ peers }) => peers.includes(peer))

  function nowSeen(entry: Entry | undefined): KnownDevice | undefined {
    if (entry === undefined) return undefined
    const { id, end } = entry
    const seen = () => noteSeen(entry)
    seen()
    return { id, revoked: end.signal, seen }
  }

  /** @returns what puts it back */
  function give(entry: Entry, peer: string): () => void {
    const before = [...entries.values()].map(({ peers }) => ({ peers, was: [...peers] }))
    for (const { peers } of before) peers.splice(0, peers.length, ...peers.filter(other => other !== peer))
    entry.peers.push(peer)
    if (entry.peers.length > MAX_PEERS_OF_DEVICE) entry.peers.shift()
    return () => {
      for (const { peers, was } of before) peers.splice(0, peers.length, ...was)
    }
  }

  return {
    firstToken: () => firstToken,
    find(token) {
      if (token === undefined) return undefined
      const hash = digest(token)
      return nowSeen([...entries.values()].filter(entry => timingSafeEqual(hash, entry.hash))[0])
    },
    findPeer: peer => nowSeen(holderOf(peer)),
    hasPeer: peer => holderOf(peer) !== undefined,
    list: () => [...entries.values()].map(told),
    async add(input, peer) {
      const name = nameOf(input)
      if (typeof name !== 'string') return name
      if (peer !== undefined && !isPeerId(peer)) return NO_PEER
      if (entries.size >= MAX_DEVICES) {
        return reject('full', `There are ${MAX_DEVICES} devices already. Revoke one that is not used any more.`, {
          code: 'devices-full',
        })
      }
      const token = newToken()
      const id = randomBytes(6).toString('hex')
      const entry = entryOf({ ...NEW, id, name, createdMs: clock.nowMs(), hash: digest(token) })
      entries.set(id, entry)
      const putBack = peer === undefined ? () => {} : give(entry, peer)
      const failure = await kept('The device could not be added.')
      if (failure === undefined) return { id, name, token, path: `/k/${token}` }
      putBack()
      entries.delete(id)
      return failure
    },
    async addPeer(id, peer) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      if (!isPeerId(peer)) return NO_PEER
      if (entry.peers.includes(peer)) return told(entry)
      const putBack = give(entry, peer)
      const failure = await kept('The key of the device could not be added.')
      if (failure === undefined) return told(entry)
      putBack()
      return failure
    },
    async rename(id, input) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      const name = nameOf(input)
      if (typeof name !== 'string') return name
      const before = entry.name
      entry.name = name
      const failure = await kept('The device could not be renamed.')
      if (failure === undefined) return told(entry)
      entry.name = before
      return failure
    },
    async revoke(id) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      if (id === FIRST) {
        const renewing = parts.renewToken()
        const failure = await refusedByDisk(renewing, 'Nothing was changed.')
        if (failure !== undefined) return failure
        firstToken = await renewing
        const createdMs = clock.nowMs()
        entries.set(id, entryOf({ ...NEW, id, name: '', createdMs, hash: digest(firstToken) }))
      } else {
        entries.delete(id)
      }
      entry.end.abort()
      for (const told of listeners) told(id, entry.peers)
      return (
        (await kept(
          'The device is shut out, but will get in again after a restart of the node.',
          'revoked-until-restart',
        )) ?? { id }
      )
    },
    onRevoked: told => void listeners.push(told),
    async stop() {
      cancelSaving?.()
      if (cancelSaving !== undefined) await saveSeen()
      await book.settled()
    },
  }
}

const NEW = { seenMs: undefined, peers: [] }
const NO_PEER = reject('malformed', 'A device names itself by the peer ID of its key: "peer" is none.', {
  code: 'peer-id',
})

/** What a person can tell devices apart by. */
function nameOf(input: unknown): string | Rejection {
  const name = typeof input === 'string' ? input.trim().normalize() : ''
  const chars = [...name].length
  if (chars > 0 && chars <= MAX_DEVICE_NAME_CHARS && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return name
  return reject(
    'malformed',
    `A device needs a "name": a text of 1 to ${MAX_DEVICE_NAME_CHARS} characters, in one line.`,
    { code: 'device-name' },
  )
}

function told({ id, name, createdMs, seenMs, peers }: Entry): Omit<Device, 'isThis'> {
  const lastSeen = seenMs === undefined ? null : isoOf(seenMs)
  return { id, name, created: isoOf(createdMs), lastSeen, peer: peers.at(-1) ?? null }
}

/** As it stands in the file: the first device's token has a file of its own. */
interface Kept {
  readonly id: string
  readonly name: string
  readonly created: string
  readonly lastSeen: string | null
  /** SHA-256 of the token, in hex. */
  readonly sha256?: string
  /** Peer IDs; left out while there is none. */
  readonly peers?: readonly string[]
}

function encode(entries: readonly Entry[]): string {
  const devices = entries.map((entry): Kept => {
    const { peer: _, ...known } = told(entry)
    const peers = entry.peers.length === 0 ? {} : { peers: entry.peers }
    return entry.id === FIRST ? { ...known, ...peers } : { ...known, ...peers, sha256: entry.hash.toString('hex') }
  })
  return `${JSON.stringify({ devices }, null, 2)}\n`
}

function decode(text: string | undefined, path: string): Omit<Entry, 'end'>[] {
  if (text === undefined) return []
  try {
    const { devices } = JSON.parse(text) as { devices: Kept[] }
    // One of two with the same id would be lost.
    if (new Set(devices.map(({ id }) => id)).size < devices.length) throw new SyntaxError('a device twice')
    return devices.map(({ id, name, created, lastSeen, sha256, peers = [] }) => {
      const hash = Buffer.from(sha256 ?? '', 'hex')
      const createdMs = Date.parse(created)
      const seenMs = lastSeen === null ? undefined : Date.parse(lastSeen)
      const isWhole = typeof id === 'string' && typeof name === 'string' && !Number.isNaN(createdMs + (seenMs ?? 0))
      if (!isWhole || (id !== FIRST && hash.length !== 32) || !peers.every(isPeerId))
        throw new SyntaxError('not a device')
      return { id, name, createdMs, seenMs, hash, peers: [...peers] }
    })
  } catch {
    throw new DataDirectoryError(
      `The file ${path} is not as the node wrote it. Restore it from a backup, or remove it: devices other than the first are paired again then.`,
    )
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
