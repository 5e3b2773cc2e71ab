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
  /** In the order in which they were made. */
  list(): readonly Omit<Device, 'isThis'>[]
  /** The token of the first device, which the node prints when it starts. */
  firstToken(): string
  /** @param name checked here */
  add(name: unknown): Promise<NewDevice | Rejection>
  /** Undefined when there is no such device. */
  rename(id: string, name: unknown): Promise<Omit<Device, 'isThis'> | Rejection | undefined>
  /**
   * Shuts it out at once. The first device gets a new token in place of the old one, so that whoever sits at the node can
   * always come in. Undefined when there is no such device.
   */
  revoke(id: string): Promise<{ readonly id: string } | Rejection | undefined>
  /** Tells of each device that is shut out. */
  onRevoked(told: (id: string) => void): void
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
const FIRST = 'first'
/** A crash forgets at most this much of when devices were seen. */
const SAVE_SEEN_MS = 3_600_000

interface Entry {
  readonly id: string
  name: string
  readonly createdMs: number
  seenMs: number | undefined
  readonly hash: Buffer
  readonly end: AbortController
}

/** @throws DataDirectoryError when what is kept cannot be read */
export async function openDevices(parts: DevicesParts): Promise<Devices> {
  const { file, clock, log } = parts
  const entries = new Map<string, Entry>()
  const listeners: ((id: string) => void)[] = []
  let firstToken = await parts.token()
  let cancelSaving: (() => void) | undefined
  const book = createLatestWriter(file, () => encode([...entries.values()]))

  function entryOf(kept: Omit<Entry, 'end'>): Entry {
    return { ...kept, end: new AbortController() }
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
  const first = held.find(({ id }) => id === FIRST) ?? { id: FIRST, name: '', createdMs: nowMs, seenMs: undefined }
  entries.set(FIRST, entryOf({ ...first, hash: digest(firstToken) }))
  for (const device of held) if (device.id !== FIRST) entries.set(device.id, entryOf(device))
  // So that its date stays what it is.
  if (first.createdMs === nowMs) await saveSeen()

  return {
    firstToken: () => firstToken,
    find(token) {
      if (token === undefined) return undefined
      const hash = digest(token)
      const found = [...entries.values()].filter(entry => timingSafeEqual(hash, entry.hash))[0]
      if (found === undefined) return undefined
      const { id, end } = found
      const seen = () => noteSeen(found)
      seen()
      return { id, revoked: end.signal, seen }
    },
    list: () => [...entries.values()].map(told),
    async add(input) {
      const name = nameOf(input)
      if (typeof name !== 'string') return name
      if (entries.size >= MAX_DEVICES) {
        return reject('full', `There are ${MAX_DEVICES} devices already. Revoke one that is not used any more.`, {
          code: 'devices-full',
        })
      }
      const token = newToken()
      const id = randomBytes(6).toString('hex')
      entries.set(id, entryOf({ id, name, createdMs: clock.nowMs(), seenMs: undefined, hash: digest(token) }))
      const failure = await kept('The device could not be added.')
      if (failure === undefined) return { id, name, token, path: `/k/${token}` }
      entries.delete(id)
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
        entries.set(id, entryOf({ id, name: '', createdMs, seenMs: undefined, hash: digest(firstToken) }))
      } else {
        entries.delete(id)
      }
      entry.end.abort()
      for (const told of listeners) told(id)
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

function told({ id, name, createdMs, seenMs }: Entry): Omit<Device, 'isThis'> {
  return { id, name, created: isoOf(createdMs), lastSeen: seenMs === undefined ? null : isoOf(seenMs) }
}

/** As it stands in the file: the first device's token has a file of its own. */
interface Kept {
  readonly id: string
  readonly name: string
  readonly created: string
  readonly lastSeen: string | null
  /** SHA-256 of the token, in hex. */
  readonly sha256?: string
}

function encode(entries: readonly Entry[]): string {
  const devices = entries.map((entry): Kept => {
    const { id } = entry
    return id === FIRST ? told(entry) : { ...told(entry), sha256: entry.hash.toString('hex') }
  })
  return `${JSON.stringify({ devices }, null, 2)}\n`
}

function decode(text: string | undefined, path: string): Omit<Entry, 'end'>[] {
  if (text === undefined) return []
  try {
    const { devices } = JSON.parse(text) as { devices: Kept[] }
    // One of two with the same id would be lost.
    if (new Set(devices.map(({ id }) => id)).size < devices.length) throw new SyntaxError('a device twice')
    return devices.map(({ id, name, created, lastSeen, sha256 }) => {
      const hash = Buffer.from(sha256 ?? '', 'hex')
      const createdMs = Date.parse(created)
      const seenMs = lastSeen === null ? undefined : Date.parse(lastSeen)
      const isWhole = typeof id === 'string' && typeof name === 'string' && !Number.isNaN(createdMs + (seenMs ?? 0))
      if (!isWhole || (id !== FIRST && hash.length !== 32)) throw new SyntaxError('not a device')
      return { id, name, createdMs, seenMs, hash }
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
