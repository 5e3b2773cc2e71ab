/**
 * What somebody wrote, on its way to the node: a moment to take it back, then signed, then handed over, and again until
 * the node has it. Kept on the device, so that nothing that was typed is lost with the page.
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import type { NostrEvent } from '../../event/event.ts'
import type { Keep } from '../keep/database.ts'
import { isSignerTrouble, type Signer, type SignerTrouble } from '../key/signer.ts'
import type { EventCalls } from '../node/events.ts'
import { isTrouble, mayPass, type Trouble } from '../node/trouble.ts'
import type { Towards, Writing } from '../text/drafting.ts'
import { nowSeconds } from './clock.ts'
import type { Draft } from './publish.ts'

export interface Origin {
  readonly towards: Towards
  readonly writing: Writing
}

export interface Item {
  readonly key: string
  /** With its date: signed again it is the same event. */
  readonly draft: Draft & { readonly created_at: number }
  /** What it was made from, to go on writing. */
  readonly origin?: Origin
  /** Once it is signed. */
  readonly event?: NostrEvent
  readonly state:
    | { readonly at: 'undo'; readonly untilMs: number }
    | { readonly at: 'sending' }
    /** The node does not answer; it is tried again by itself. */
    | { readonly at: 'waiting'; readonly trouble: Trouble }
    /** Nothing goes on without a person: the signer or the node said no. */
    | { readonly at: 'stuck'; readonly why: Trouble | SignerTrouble }
}

export interface Outgoing {
  /** In the order they were written. */
  readonly items: ReadonlySignal<readonly Item[]>
  /** @param undoMs for how long it may be taken back; what it resolves to is its key */
  send(draft: Draft, undoMs?: number, origin?: Origin): string
  /** Takes it back, if it has not gone already. */
  cancel(key: string): Item | undefined
  /** Does not wait any longer, and tries again what is stuck. */
  sendNow(key: string): void
  /** The node answers again. */
  retry(): void
  /** Takes up what an earlier visit left. */
  load(keep: Keep): Promise<void>
}

export interface OutgoingParts {
  readonly needSigner: () => Promise<Signer | undefined>
  readonly publish: EventCalls['publish']
  readonly onPublished: (event: NostrEvent) => void
}

export const UNDO_MS = 5_000
const RETRY_MS = 15_000

export function createOutgoing({ needSigner, publish, onPublished }: OutgoingParts): Outgoing {
  const items = signal<readonly Item[]>([])
  const running = new Set<string>()
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  let keep: Keep | undefined

  const find = (key: string): Item | undefined => items.value.find(item => item.key === key)

  function put(item: Item): void {
    const isThere = find(item.key) !== undefined
    items.value = isThere ? items.value.map(one => (one.key === item.key ? item : one)) : [...items.value, item]
    void keep?.setOutgoing(item.key, item)
  }

  function take(key: string): void {
    clearTimeout(timers.get(key))
    timers.delete(key)
    items.value = items.value.filter(item => item.key !== key)
    void keep?.setOutgoing(key, undefined)
  }

  function later(key: string, ms: number): void {
    clearTimeout(timers.get(key))
    timers.set(
      key,
      setTimeout(() => void run(key), ms),
    )
  }

  async function run(key: string): Promise<void> {
    if (running.has(key)) return
    running.add(key)
    try {
      await pass(key)
    } finally {
      running.delete(key)
    }
  }

  async function pass(key: string): Promise<void> {
    const item = find(key)
    if (item === undefined) return
    put({ ...item, state: { at: 'sending' } })
    const event = item.event ?? (await sign(item.draft))
    if (find(key) === undefined) return
    if (isSignerTrouble(event)) {
      put({ ...item, state: { at: 'stuck', why: event } })
      return
    }
    const signed: Item = { ...item, event, state: { at: 'sending' } }
    put(signed)
    const published = await publish(event)
    if (!isTrouble(published)) {
      take(key)
      onPublished(event)
    } else if (mayPass(published)) {
      put({ ...signed, state: { at: 'waiting', trouble: published } })
      later(key, RETRY_MS)
    } else {
      // What was refused may be mended and signed anew.
      const { event: _, ...unsigned } = signed
      put({ ...unsigned, state: { at: 'stuck', why: published } })
    }
  }

  async function sign(draft: Item['draft']): Promise<NostrEvent | SignerTrouble> {
    const signer = await needSigner()
    return signer === undefined ? { signerTrouble: 'locked' } : signer.sign(draft)
  }

  return {
    items,
    send(draft, undoMs = 0, origin) {
      const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`
      const dated = { ...draft, created_at: draft.created_at ?? nowSeconds() }
      put({ key, draft: dated, ...(origin && { origin }), state: { at: 'undo', untilMs: Date.now() + undoMs } })
      if (undoMs > 0) later(key, undoMs)
      else void run(key)
      return key
    },
    cancel(key) {
      const item = find(key)
      if (item === undefined || item.state.at === 'sending') return undefined
      take(key)
      return item
    },
    sendNow(key) {
      clearTimeout(timers.get(key))
      void run(key)
    },
    retry() {
      for (const { key, state } of items.value) if (state.at === 'waiting') void run(key)
    },
    async load(opened) {
      keep = opened
      const kept = await opened.outgoing<Item>()
      const known = new Set(items.value.map(({ key }) => key))
      const left = kept.filter(({ key }) => !known.has(key)).sort((a, b) => a.draft.created_at - b.draft.created_at)
      items.value = [...left, ...items.value]
      for (const { key, state } of left) if (state.at !== 'stuck') void run(key)
    },
  }
}
