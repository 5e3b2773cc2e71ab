/** Web Push of the owner's own node: what `/push` takes and tells, and what a push holds (specification/rest-api.md, R19). */

/** What somebody did that the owner may want to hear of at once. */
export const PUSH_TOPICS = ['mentions', 'replies', 'likes'] as const
export type PushTopic = (typeof PUSH_TOPICS)[number]

/** Languages of the texts in pushes. */
export const PUSH_LANGUAGES = ['en', 'ja'] as const
export type PushLanguage = (typeof PUSH_LANGUAGES)[number]

/** As a browser gives it: `PushSubscription.toJSON()`. */
export interface PushSubscriptionJson {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** Body of `POST /push`; the same endpoint again changes what is held. */
export interface PushWish {
  readonly subscription: PushSubscriptionJson
  readonly what: readonly PushTopic[]
  readonly language: PushLanguage
  /** What the owner calls the device; empty where left out. */
  readonly device?: string
  /** Public keys of people of whom no push is wanted: the node cannot read whom the owner mutes in private. At most 1,000. */
  readonly except?: readonly string[]
}

/** Body of `DELETE /push`: this browser's own endpoint, or the id of another one. */
export type PushEnd = { readonly endpoint: string } | { readonly id: string }

/** A subscription as `GET /push` tells it: the endpoint is a secret and stays out. */
export interface PushDevice {
  readonly id: string
  readonly device: string
  readonly what: readonly PushTopic[]
  readonly language: PushLanguage
  /** ISO dates: when it was made, and when its push service last took a push; null for never. */
  readonly created: string
  readonly lastSent: string | null
  /** Why the last push did not go out, in English; null when it did. */
  readonly trouble: string | null
}

/** Answer of all three methods. */
export interface PushState {
  /** `applicationServerKey` of a subscription: VAPID public key, base64url. */
  readonly publicKey: string
  readonly devices: readonly PushDevice[]
  /** Subscriptions that the node holds at most. */
  readonly max: number
  /** Of POST: the id of the subscription that it was about. */
  readonly id?: string
}

/** What a push holds, as JSON; a service worker shows `title` and `body` and opens `id`. */
export interface PushMessage {
  readonly v: 1
  /** `several`: more than one thing since the last push; `id` and `who` are of the latest. */
  readonly what: 'mention' | 'reply' | 'like' | 'several'
  readonly count: number
  readonly who: { readonly pubkey: string; readonly name: string | null }
  /** The event that came, in hex. */
  readonly id: string
  /** The post that it is about: what was answered or liked, in hex; null where it is none. */
  readonly about: string | null
  /** In the language that was asked for. */
  readonly title: string
  /** The beginning of what was written; empty for a like. */
  readonly body: string
  /** ISO date at which it came. */
  readonly at: string
}
