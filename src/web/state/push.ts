/** Notifications of this device (R19): what the browser allows, and what the node holds of it. */
import type { PushLanguage, PushState, PushSubscriptionJson, PushTopic } from '../../wire/push.ts'
import { readDevice, writeDevice } from '../keep/device.ts'
import { type Call, jsonOf } from '../node/call.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'

/** What stands in the way in this browser. */
export type PushObstacle =
  /** Plain http. */
  | 'insecure'
  /** The browser has no push for pages. */
  | 'missing'
  /** The person, or the browser for them, said no. */
  | 'denied'
  /** The question was closed without an answer. */
  | 'dismissed'
  /** The browser has not taken the service worker, as where it does not trust the certificate. */
  | 'noWorker'
  /** The browser's push service does not answer. */
  | 'noService'

export function pushObstacle(): PushObstacle | undefined {
  if (!isSecureContext) return 'insecure'
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis) || !('Notification' in globalThis)) {
    return 'missing'
  }
  return Notification.permission === 'denied' ? 'denied' : undefined
}

export async function readPush(call: Call): Promise<PushState | Trouble> {
  return jsonOf<PushState>(await call('/push'))
}

/** The endpoint that this browser is reached by, while it is subscribed. */
export async function ownSubscription(): Promise<PushSubscription | undefined> {
  if (pushObstacle() !== undefined) return undefined
  const registration = await navigator.serviceWorker.getRegistration()
  return (await registration?.pushManager.getSubscription()) ?? undefined
}

export interface PushChoice {
  readonly what: readonly PushTopic[]
  readonly language: PushLanguage
  /** What the owner knows it by. */
  readonly device: string
  /** People of whom nothing is told, in hex. */
  readonly except: readonly string[]
}

/** Asks the browser, then tells the node. @param publicKey of the node */
export async function subscribe(
  call: Call,
  publicKey: string,
  choice: PushChoice,
): Promise<PushState | Trouble | PushObstacle> {
  const obstacle = pushObstacle()
  if (obstacle !== undefined) return obstacle
  const answer = await Notification.requestPermission()
  if (answer !== 'granted') return answer === 'denied' ? 'denied' : 'dismissed'
  const worker = await readyWorker()
  if (worker === undefined) return 'noWorker'
  const subscription = await subscribeBrowser(worker, publicKey)
  return subscription === undefined ? 'noService' : tell(call, subscription, choice)
}

/** Changes what this device is told of; nothing is asked of the browser. */
export async function tell(
  call: Call,
  subscription: PushSubscription,
  { what, language, device, except }: PushChoice,
): Promise<PushState | Trouble> {
  const { endpoint, keys } = subscription.toJSON() as PushSubscriptionJson
  const body = { subscription: { endpoint, keys }, what, language, device, except }
  const answer = await jsonOf<PushState>(await call('/push', { method: 'POST', body }))
  if (!isTrouble(answer)) writeDevice('pushExcept', except.toSorted().join())
  return answer
}

/** The same as before, but for who is left out. */
export async function retell(call: Call, except: readonly string[], language: PushLanguage): Promise<void> {
  const subscription = await ownSubscription().catch(() => undefined)
  const held = await readPush(call)
  if (subscription === undefined || isTrouble(held)) return
  const own = held.devices.find(({ id }) => id === readDevice('push'))
  if (own === undefined) return
  const { what, device } = own
  await tell(call, subscription, { what, language, device, except })
}

const WORKER_MS = 10_000

/** `ready` alone waits for ever where the worker was not taken. */
function readyWorker(): Promise<ServiceWorkerRegistration | undefined> {
  const late = new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), WORKER_MS))
  return Promise.race([navigator.serviceWorker.ready, late])
}

async function subscribeBrowser(
  { pushManager }: ServiceWorkerRegistration,
  publicKey: string,
): Promise<PushSubscription | undefined> {
  const options = { userVisibleOnly: true, applicationServerKey: publicKey }
  try {
    return await pushManager.subscribe(options)
  } catch {
    try {
      // A subscription for another node's key, from when this address was another node's, is in the way.
      await (await pushManager.getSubscription())?.unsubscribe()
      return await pushManager.subscribe(options)
    } catch {
      return undefined
    }
  }
}

/** No more on this device: told to the node, and to the browser whatever the node says. */
export async function unsubscribe(call: Call): Promise<undefined | Trouble> {
  const subscription = await ownSubscription()
  if (subscription === undefined) return undefined
  const told = await endPush(call, { endpoint: subscription.endpoint })
  await subscription.unsubscribe().catch(() => false)
  return isTrouble(told) && told.status !== 404 ? told : undefined
}

export async function endPush(call: Call, which: { endpoint: string } | { id: string }): Promise<PushState | Trouble> {
  return jsonOf<PushState>(await call('/push', { method: 'DELETE', body: which }))
}
