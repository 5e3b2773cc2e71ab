/**
 * Web Push from the owner's own node (RFC 8030, 8291, 8292; specification/rest-api.md, R19): who asked for it is told
 * soon, and what comes close together is told in one.
 */
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import type { Notice } from '../flow/notices.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { createLatestWriter, type KeptFile, refusedByDisk } from '../store/kept-file.ts'
import type { PushDevice, PushState } from '../wire/push.ts'
import { encodeKept, idOf, type Kept, readKept, type Subscription } from './book.ts'
import { type Batch, batchOf, joined, messageOf } from './message.ts'
import type { PostOutcome, PushService } from './service.ts'
import { parseWish } from './wish.ts'

export interface Pushes {
  state(): Promise<PushState>
  /** @param input `PushWish`, unchecked @param device whose token asks */
  subscribe(input: unknown, device: string | undefined): Promise<PushState | Rejection>
  /** @param input `PushEnd`, unchecked; undefined when there is no such subscription */
  unsubscribe(input: unknown): Promise<PushState | Rejection | undefined>
  /** Whatever this device has asked for ends. */
  forgetDevice(device: string): void
  /** Sends it in the background. */
  notify(notice: Notice): void
  stop(): Promise<void>
}

export interface PushParts {
  readonly file: KeptFile
  readonly service: PushService
  /** What a person goes by, where that is known. */
  readonly nameOf: (pubkey: string) => string | undefined
  readonly clock: Clock
  readonly log: Logger
}

export const MAX_SUBSCRIPTIONS = 20
/** Between two pushes to one device: four a minute. */
const GAP_MS = 15_000
/** Waits before what failed is tried again; then it is given up. */
const RETRY_MS = [30_000, 120_000, 600_000]
const MAX_RETRY_AFTER_MS = 3_600_000
/** How long a push service keeps it for a device that is away, in seconds. */
const TTL_SECONDS = 86_400
/** RFC 8292 wants somebody to write to. A node's owner is nobody's business, so this is nobody. */
const CONTACT = 'mailto:nostrp2p@example.org'

const TOPIC_OF = { mention: 'mentions', reply: 'replies', like: 'likes' } as const

/** What is known of one subscription while the node runs. */
interface Lane {
  subscription: Subscription
  waiting: Batch | undefined
  isSending: boolean
  failures: number
  readyMs: number
  cancel: (() => void) | undefined
  lastSentMs: number | undefined
  trouble: string | null
}

export async function openPushes({ file, service, nameOf, clock, log }: PushParts): Promise<Pushes> {
  const held = await readKept(file, { log, nowMs: clock.nowMs(), max: MAX_SUBSCRIPTIONS })
  const lanes = new Map<string, Lane>((held?.subscriptions ?? []).map(one => [one.id, laneOf(one)]))
  let ownKeys = held?.keys
  let isStopped = false
  const book = createLatestWriter(file, () =>
    encodeKept({ keys: ownKeys!, subscriptions: [...lanes.values()].map(({ subscription }) => subscription) }),
  )

  /** Made when somebody first asks for pushes. */
  async function keys(): Promise<Kept['keys']> {
    if (ownKeys === undefined) {
      const { generateVAPIDKeys } = await library()
      // Two may ask at the same time.
      if (ownKeys === undefined) {
        ownKeys = generateVAPIDKeys()
        await book.save()
      }
    }
    return ownKeys
  }

  async function state(id?: string): Promise<PushState> {
    const { publicKey } = await keys()
    const devices = [...lanes.values()].map(told)
    return { publicKey, devices, max: MAX_SUBSCRIPTIONS, ...(id !== undefined && { id }) }
  }

  function written(): Promise<Rejection | undefined> {
    return refusedByDisk(book.save(), 'This could not be written down.')
  }

  function drop(lane: Lane): void {
    lane.cancel?.()
    lane.waiting = undefined
    lanes.delete(lane.subscription.id)
  }

  /** What happens in the background is no answer to anybody. */
  function saveQuietly(): void {
    book
      .save()
      .catch((error: unknown) => log('warn', 'push subscriptions could not be written', { reason: String(error) }))
  }

  function schedule(lane: Lane): void {
    if (isStopped || lane.isSending || lane.waiting === undefined) return
    lane.cancel?.()
    lane.cancel = undefined
    // Whatever the clock has done meanwhile.
    const waitMs = Math.min(lane.readyMs - clock.nowMs(), MAX_RETRY_AFTER_MS)
    if (waitMs > 0) lane.cancel = clock.after(waitMs, () => schedule(lane))
    else void send(lane)
  }

  async function send(lane: Lane): Promise<void> {
    const batch = lane.waiting!
    lane.waiting = undefined
    lane.isSending = true
    const outcome = await post(lane.subscription, batch)
    lane.isSending = false
    if (isStopped || lanes.get(lane.subscription.id) !== lane) return
    note(lane, batch, outcome)
    schedule(lane)
  }

  async function post(subscription: Subscription, batch: Batch): Promise<PostOutcome> {
    try {
      const { encrypt, getVapidHeaders } = await library()
      const { publicKey, privateKey } = await keys()
      const { endpoint, keys: theirs } = subscription.subscription
      const message = messageOf(batch, subscription.language, nameOf(batch.latest.event.pubkey))
      const { cipherText } = encrypt(theirs.p256dh, theirs.auth, JSON.stringify(message), 'aes128gcm')
      const proof = getVapidHeaders(new URL(endpoint).origin, CONTACT, publicKey, privateKey, 'aes128gcm')
      const headers = {
        Authorization: proof.Authorization,
        TTL: TTL_SECONDS,
        Urgency: 'normal',
        'Content-Type': 'application/octet-stream',
        'Content-Encoding': 'aes128gcm',
      }
      return await service.post(endpoint, headers, cipherText)
    } catch (error) {
      return { outcome: 'refused', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  function note(lane: Lane, batch: Batch, result: PostOutcome): void {
    const now = clock.nowMs()
    if (result.outcome === 'gone') {
      drop(lane)
      saveQuietly()
      return
    }
    if (result.outcome === 'sent') {
      Object.assign(lane, { failures: 0, readyMs: now + GAP_MS, lastSentMs: now, trouble: null })
      return
    }
    lane.trouble = `The push service did not take it: ${result.reason}.`
    const waitMs = result.outcome === 'later' ? RETRY_MS[lane.failures] : undefined
    if (waitMs === undefined || result.outcome !== 'later') {
      log('warn', 'a push was given up', { device: lane.subscription.device, reason: result.reason })
      Object.assign(lane, { failures: 0, readyMs: now + GAP_MS })
      return
    }
    lane.failures += 1
    lane.readyMs = now + Math.max(waitMs, Math.min(result.afterMs, MAX_RETRY_AFTER_MS))
    lane.waiting = joined(batch, lane.waiting)
  }

  return {
    state: () => state(),
    async subscribe(input, device) {
      const wish = parseWish(input)
      if (isRejection(wish)) return wish
      const id = idOf(wish.subscription.endpoint)
      if (await service.isForbidden(wish.subscription.endpoint)) return FORBIDDEN
      await keys()
      // Looked at after every wait: others may have come meanwhile.
      const before = lanes.get(id)
      if (before === undefined && lanes.size >= MAX_SUBSCRIPTIONS) return FULL
      const createdMs = before?.subscription.createdMs ?? clock.nowMs()
      const subscription: Subscription = { ...wish, id, createdMs, ofDevice: device ?? null }
      lanes.set(id, before === undefined ? laneOf(subscription) : Object.assign(before, { subscription }))
      return (await written()) ?? state(id)
    },
    async unsubscribe(input) {
      const { id, endpoint } = (input ?? {}) as { id?: unknown; endpoint?: unknown }
      const wanted = typeof endpoint === 'string' ? idOf(endpoint) : id
      const lane = typeof wanted === 'string' ? lanes.get(wanted) : undefined
      if (lane === undefined) return undefined
      drop(lane)
      return (await written()) ?? state()
    },
    forgetDevice(device) {
      const theirs = [...lanes.values()].filter(({ subscription }) => subscription.ofDevice === device)
      for (const lane of theirs) drop(lane)
      if (theirs.length > 0) saveQuietly()
    },
    notify(notice) {
      for (const lane of lanes.values()) {
        const { what, except } = lane.subscription
        if (!what.includes(TOPIC_OF[notice.what]) || except.includes(notice.event.pubkey)) continue
        lane.waiting = batchOf(notice, clock.nowMs(), lane.waiting)
        if (lane.cancel === undefined) schedule(lane)
      }
    },
    async stop() {
      isStopped = true
      for (const lane of lanes.values()) lane.cancel?.()
      await book.settled()
    },
  }
}

const FULL = reject(
  'full',
  `${MAX_SUBSCRIPTIONS} devices get pushes already. Switch them off on one that is not used any more.`,
  { code: 'pushes-full' },
)
const FORBIDDEN = reject(
  'malformed',
  'This push service is at an address of this machine or of a private network, where the node sends nothing.',
  { code: 'push-address' },
)

function laneOf(subscription: Subscription): Lane {
  return {
    subscription,
    waiting: undefined,
    isSending: false,
    failures: 0,
    readyMs: 0,
    cancel: undefined,
    lastSentMs: undefined,
    trouble: null,
  }
}

function told({ subscription, lastSentMs, trouble }: Lane): PushDevice {
  const { id, device, what, language, createdMs } = subscription
  const lastSent = lastSentMs === undefined ? null : new Date(lastSentMs).toISOString()
  return { id, device, what, language, created: new Date(createdMs).toISOString(), lastSent, trouble }
}

/** Most nodes never need it. CommonJS: in the bundle its names are on the default export only. */
async function library() {
  return (await import('web-push')).default
}
