/** The page's parts, wired: session → keep → book ← pulls. Views get this and nothing else. */
import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { NostrEvent } from '../../event/event.ts'
import { KIND } from '../../event/kinds.ts'
import { type Keep, openKeep } from '../keep/database.ts'
import { forgetDevice, isDeviceKept, onTakenElsewhere } from '../keep/device.ts'
import { dropVault } from '../key/vault.ts'
import { createEventCalls, type EventCalls } from '../node/events.ts'
import { type Live, startLive } from '../node/live.ts'
import { type Pulls, startPulls } from '../node/pulls.ts'
import { isTrouble, type Trouble } from '../node/trouble.ts'
import type { Towards } from '../text/drafting.ts'
import { type Book, createBook } from './book.ts'
import { nowSeconds } from './clock.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { firstScreenOf } from './first-screen.ts'
import { createFollows, type Follows } from './follows.ts'
import { createMissing, type Missing } from './missing.ts'
import { MUTE_LIST } from './mutes.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'
import { createOwnList, type OwnList } from './own-list.ts'
import { createPageVersion, type PageVersion } from './page-version.ts'
import { createPlaces, type Places, tabStorage } from './places.ts'
import { createPublish, type Publish } from './publish.ts'
import { followPushMutes } from './push-mutes.ts'
import { createReadState, type ReadState } from './read-state.ts'
import { createSession, type Session } from './session.ts'
import { createSettings, type DeviceSettings } from './settings.ts'
import { createSigning, type Signing } from './signing.ts'
import { createWays, type WayReader } from './ways.ts'

export interface App {
  readonly session: Session
  /** Public key of whose node it is; undefined before somebody is in. Follows `session.stage`. */
  owner(): string | undefined
  readonly book: Book
  readonly events: EventCalls
  readonly missing: Missing
  readonly settings: DeviceSettings
  /** The key of this browser, and the dialog that asks for it. */
  readonly signing: Signing
  /** Signs, hands to the node, and shows. */
  readonly publish: Publish
  /** What was written here and is on its way. */
  readonly outgoing: Outgoing
  readonly drafts: Drafts
  /** What is being written; undefined while nothing is. */
  readonly composing: Signal<Towards | undefined>
  readonly readState: ReadState
  /** Where the reader stands in each list. */
  readonly places: Places
  /** How far one's own posts got. */
  readonly ways: WayReader
  readonly pageVersion: PageVersion
  /** Whom and what the owner does not want to see, and what they keep to read again (NIP-51). */
  readonly mutes: OwnList
  readonly bookmarks: OwnList
  /** The one place where the follow list is changed. */
  readonly follows: Follows
  /** What keeps the node from answering; undefined while it does. */
  readonly trouble: ReadonlySignal<Trouble | undefined>
  /** The first pull has come, or the kept timeline is shown. */
  readonly isFilled: ReadonlySignal<boolean>
  /** Seconds since 1970, moving once a minute: for "2 min ago". */
  readonly now: ReadonlySignal<number>
  /** What this browser keeps of this owner; undefined before somebody is in. */
  keep(): Keep | undefined
  /** Why nothing, or nothing new, outlives the page; undefined while all is kept. */
  readonly notKept: ReadonlySignal<NotKept | undefined>
  /** Asks the node for what is new at once. */
  refresh(): void
  start(): Promise<void>
  /** Takes everything off this browser: what opens the node, the key, what is kept. */
  leave(): Promise<void>
}

/** `blocked`: as in a private window. `full`: the browser gives no more room. */
export type NotKept = 'blocked' | 'full'

/** Under this name it is kept. */
const FIRST_SCREEN = 'first-screen'
/** NIP-51. */
const BOOKMARKS = 10_003

/** @param ownScript path of the page's script, as the node lists it */
export function createApp(ownScript: string): App {
  const session = createSession()
  const settings = createSettings()
  const book = createBook({
    owner: () => owner(),
    onForget: () => places.keepShown(id => book.get(id) !== undefined),
  })
  const events = createEventCalls(session.call)
  const missing = createMissing({ ask: events.ask, book })
  const trouble = signal<Trouble | undefined>(undefined)
  const isFilled = signal(false)
  const notKept = signal<NotKept | undefined>(isDeviceKept() ? undefined : 'blocked')
  const now = signal(nowSeconds())
  const owner = () => (session.stage.value.at === 'in' ? session.stage.value.owner : undefined)
  const signing = createSigning(owner)
  const onPublished = (event: NostrEvent): void => {
    book.add([event])
    void keep?.addEvents([event])
    // It is with others within seconds, if they are there.
    for (const ms of [1_000, 4_000]) setTimeout(ways.refresh, ms)
  }
  const sending = { needSigner: signing.needSigner, publish: events.publish, onPublished }
  const publish = createPublish(sending)
  const outgoing = createOutgoing(sending)
  const follows = createFollows({ owner, book, ask: events.ask, publish })
  const readySigner = () => (signing.state.value.at === 'ready' ? signing.state.value.signer : undefined)
  const ownList = { book, owner, needSigner: signing.needSigner, signer: readySigner, ask: events.ask, publish }
  const mutes = createOwnList({ ...ownList, kind: MUTE_LIST })
  const bookmarks = createOwnList({ ...ownList, kind: BOOKMARKS })
  const readState = createReadState({ book, owner, signer: readySigner, send: draft => void outgoing.send(draft) })
  const places = createPlaces(tabStorage())
  const ways = createWays(session.call)
  const pageVersion = createPageVersion({ call: session.call, own: ownScript, kind: () => session.way.kind.peek() })
  const composing = signal<Towards | undefined>(undefined)
  let keep: Keep | undefined
  const drafts = createDrafts(() => keep)
  let pulls: Pulls | undefined
  let live: Live | undefined
  let entered: string | undefined

  async function enter(owner: string): Promise<void> {
    entered = owner
    keep = await openKeep(owner, () => {
      notKept.value ??= 'full'
    })
    if (!keep.isLasting) notKept.value = 'blocked'
    const kept = keep
    await readState.load(kept)
    book.add((await kept.value<NostrEvent[]>(FIRST_SCREEN)) ?? [])
    if (book.size > 0) isFilled.value = true
    await painted()
    const held = await kept.events()
    book.add(held)
    // What was deleted or replaced meanwhile leaves the device too.
    void kept.removeEvents(held.flatMap(({ id }) => (book.get(id) === undefined ? id : [])))
    if (book.size > 0) isFilled.value = true
    void askForOwn(owner)
    await outgoing.load(kept)
    followOwnLists()
    void signing.wake()
    followPushMutes({
      mutes,
      key: () => signing.state.value,
      call: session.call,
      language: () => settings.language.peek(),
    })
    pulls = startPulls({
      pull: events.pull,
      async take(pulled) {
        const added = book.add(pulled.events)
        await kept.addEvents(added)
        await kept.setValue('cursor', pulled.cursor)
        isFilled.value = true
        if (added.length > 0) void keepFirstScreen(kept, owner)
      },
      onState(state) {
        trouble.value = state
        // This device was shut out: the page says how to get in, and shows nothing more.
        if (state?.trouble === 'locked') void session.arrive()
        // It may be that the two do not understand each other.
        if (state?.trouble === 'broken') pageVersion.check()
        if (state === undefined) {
          live?.again()
          pageVersion.check()
          outgoing.retry()
          ways.refresh()
        }
      },
      cursor: await kept.value<string>('cursor'),
      isVisible,
      isSaving: () => settings.saving.value,
    })
    live = startLive({ open: session.way.open, onNews: pulls.now })
    followWay(pulls)
    effect(() => listen(settings.saving.value))
  }

  /** What waited for a way is asked for as soon as there is one. */
  function followWay({ now }: Pulls): void {
    let had = session.way.kind.peek()
    session.way.kind.subscribe(kind => {
      if (kind !== undefined && had !== kind) {
        now()
        live?.again()
      }
      had = kind
    })
    // Shut out while somebody looks: said at once, not with the next pull.
    session.way.fault.subscribe(fault => {
      if (fault === 'revoked') void session.arrive()
    })
  }

  async function keepFirstScreen(kept: Keep, owner: string): Promise<void> {
    await painted()
    const followed = follows.of()
    await kept.setValue(
      FIRST_SCREEN,
      firstScreenOf(book, owner, pubkey => followed?.has(pubkey) === true),
    )
  }

  /** As long as somebody looks, and does not save. */
  function listen(isSaving = settings.saving.value): void {
    live?.listen(isVisible() && !isSaving)
  }

  /** What is encrypted is read once there is a key, and again when another device has changed it. */
  function followOwnLists(): void {
    effect(() => {
      void book.version.value
      void signing.state.value
      void mutes.refresh()
      void bookmarks.refresh()
      void readState.share()
    })
  }

  /** The owner's own profile and lists may be older than everything that the first pull brings. */
  async function askForOwn(owner: string): Promise<void> {
    const found = await events.ask({
      kinds: [KIND.profile, KIND.follows, MUTE_LIST, BOOKMARKS, KIND.appData],
      authors: [owner],
      limit: 50,
    })
    if (isTrouble(found) || keep === undefined) return
    await keep.addEvents(book.add(found))
    await keepFirstScreen(keep, owner)
  }

  return {
    session,
    owner,
    book,
    events,
    missing,
    settings,
    signing,
    publish,
    outgoing,
    drafts,
    composing,
    readState,
    places,
    ways,
    pageVersion,
    mutes,
    bookmarks,
    follows,
    trouble,
    isFilled,
    now,
    keep: () => keep,
    notKept,
    refresh: () => pulls?.now(),
    async start() {
      setInterval(() => {
        now.value = nowSeconds()
      }, 30_000)
      addEventListener('online', () => {
        session.way.again()
        pulls?.now()
      })
      onTakenElsewhere('binding', () => {
        places.close()
        location.reload()
      })
      document.addEventListener('visibilitychange', () => {
        listen()
        if (isVisible()) {
          session.way.again()
          pulls?.now()
        } else void readState.share(true)
      })
      session.stage.subscribe(stage => {
        if (stage.at !== 'in') return
        if (entered === undefined) void enter(stage.owner)
        // Another owner's node at the same address: nothing of the one before may stay.
        else if (entered !== stage.owner) location.reload()
      })
      await session.arrive()
    },
    async leave() {
      pulls?.stop()
      live?.listen(false)
      await signing.forget()
      await dropVault()
      await keep?.clear()
      places.close()
      await session.leave()
      forgetDevice()
      await closeNotifications()
    },
  }
}

/** They hold names and words of people. */
async function closeNotifications(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  for (const notification of (await registration?.getNotifications()) ?? []) notification.close()
}

function isVisible(): boolean {
  return document.visibilityState === 'visible'
}

/** What was changed before is on the screen; a page that nobody sees draws nothing. */
function painted(): Promise<void> {
  if (!isVisible()) return Promise.resolve()
  return new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)))
}
