/** What surrounds every view: the way around, the state of the node, and the view that the address asks for. */

import type { IconNode } from 'lucide'
import { Bell, Bookmark, Globe, House, Network, Pencil, Search, Settings, User, Users } from 'lucide'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Trouble } from '../node/trouble.ts'
import { arrive, hashOf, type Route, route } from '../route.ts'
import { hiddenBy } from '../state/mutes.ts'
import { noticesOf } from '../state/notices.ts'
import { count, words } from '../words/words.ts'
import { ClockBanner } from './clock-banner.tsx'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'
import { lazy } from './lazy.tsx'
import { Locked } from './locked.tsx'
import { OutgoingBar } from './outgoing-bar.tsx'
import { Pair, PairWay } from './pair-way.tsx'
import { StorageNote } from './storage-note.tsx'
import { Toast } from './toast.tsx'
import { TroubleBar } from './trouble-bar.tsx'
import { VersionBanner } from './version-banner.tsx'
import { PageTitle, unseenNotices, ViewTitle } from './view-title.tsx'
import { View } from './views.tsx'
import { WayLine } from './way-line.tsx'
import { isWide } from './wide.ts'

const Aside = lazy(() => import('./aside.tsx').then(module => module.Aside), true)
const Keyboard = lazy(() => import('./keyboard.tsx').then(module => module.Keyboard), true)
const Composer = lazy(() => import('./composer.tsx').then(module => module.Composer))

const Welcome = lazy(() => import('./key/welcome.tsx').then(module => module.Welcome))
const KeyDialog = lazy(() => import('./key/key-dialog.tsx').then(module => module.KeyDialog))
const BindingBanner = lazy(() => import('./key/binding-banner.tsx').then(module => module.BindingBanner))
const FirstSteps = lazy(() => import('./first/first-steps.tsx').then(module => module.FirstSteps))

export function Shell() {
  const { signing } = useApp()
  return (
    <>
      <Stage />
      {signing.isAsked.value && <KeyDialog />}
      <PageTitle />
    </>
  )
}

function Stage() {
  const { session, composing } = useApp()
  const stage = session.stage.value
  const before = useRef(stage.at)
  // Let in, or shut out: what comes then is another view, at whatever address.
  if (before.current !== stage.at && before.current !== 'arriving') arrive()
  before.current = stage.at
  const to = route.value
  if (to.view === 'pair') return <Pair key={to.text} text={to.text} />
  switch (stage.at) {
    case 'arriving':
      return <Arriving />
    case 'locked':
      return <Locked wasWrong={stage.wasWrong} isPublicPage={stage.isPublicPage} />
    case 'away':
      if (isNoNode(stage.trouble)) return <Pair text="" />
      return (
        <main class="sheet">
          <ViewTitle text={words().app} />
          <TroubleBar />
          <PairWay />
        </main>
      )
    case 'unclaimed':
      return <Welcome />
    case 'in':
      if (route.value.view === 'welcome') return <FirstSteps owner={stage.owner} />
      return (
        <Frame owner={stage.owner}>
          <TroubleBar />
          <WayLine />
          <OutgoingBar />
          <VersionBanner />
          <ClockBanner />
          <StorageNote />
          {stage.binding.state !== 'valid' && !isKeyPart(route.value) && <BindingBanner />}
          <View owner={stage.owner} />
          {composing.value !== undefined && <Composer towards={composing.value} owner={stage.owner} />}
        </Frame>
      )
  }
}

/** What answers at the page's own address is a host of files, which knows nothing of nodes. */
function isNoNode({ trouble, status }: Trouble): boolean {
  return trouble === 'broken' || status === 404 || status === 405
}

/** It says there what the banner says. */
function isKeyPart(to: Route): boolean {
  return to.view === 'settings' && to.part === 'key'
}

function Arriving() {
  return (
    <main class="sheet" aria-busy="true">
      <h1>{words().app}</h1>
      <p class="quiet">{words().common.loading}</p>
    </main>
  )
}

/** Narrow screens have the bar below, wide ones the rail on the left and a quiet column on the right. */
function Frame({ owner, children }: { owner: string; children: ComponentChildren }) {
  const { nav } = words()
  const { composing } = useApp()
  const unseen = useUnseen(owner)
  return (
    <div class="frame">
      <nav class="rail" aria-label={nav.main}>
        <Way to={{ view: 'home' }} icon={House} label={nav.home} />
        <Way to={{ view: 'everybody' }} icon={Globe} label={nav.everybody} isForWide />
        <Way to={{ view: 'search', text: '' }} icon={Search} label={nav.search} isForWide />
        <Way to={{ view: 'people' }} icon={Users} label={nav.people} />
        <button
          type="button"
          class="button main compose-way"
          onClick={() => {
            composing.value = { what: 'new' }
          }}
        >
          <Icon of={Pencil} /> <span>{nav.compose}</span>
        </button>
        <Way to={{ view: 'notices' }} icon={Bell} label={nav.notices} unseen={unseen} />
        <Way to={{ view: 'bookmarks' }} icon={Bookmark} label={nav.bookmarks} isForWide />
        <Way to={{ view: 'node' }} icon={Network} label={nav.node} isForWide />
        <Way to={{ view: 'settings', part: '' }} icon={Settings} label={nav.settings} isForWide />
        <Way to={{ view: 'me' }} icon={User} label={nav.me} />
      </nav>
      <main class="middle">{children}</main>
      {isWide.value && <Aside owner={owner} />}
      <Keyboard />
      <Toast />
    </div>
  )
}

interface WayProps {
  readonly to: Route
  readonly icon: IconNode
  readonly label: string
  /** On a phone it stands in the view of oneself, not in the bar. */
  readonly isForWide?: boolean
  /** How many things wait there. */
  readonly unseen?: number
}

function Way({ to, icon, label, isForWide = false, unseen = 0 }: WayProps) {
  const isHere = route.value.view === to.view
  return (
    <a
      class={isForWide ? 'way for-wide' : 'way'}
      href={hashOf(to)}
      aria-current={isHere ? 'page' : undefined}
      onClick={() => isHere && scrollTo({ top: 0 })}
    >
      <Icon of={icon} size={22} /> <span>{label}</span>
      {unseen > 0 && (
        <>
          <b class="unseen" aria-hidden="true">
            {unseen > MAX_UNSEEN ? `${MAX_UNSEEN}+` : unseen}
          </b>
          <span class="visually-hidden">{words().notice.unseen(count(unseen))}</span>
        </>
      )}
    </a>
  )
}

const MAX_UNSEEN = 99

/** How many notices came since they were looked at last. */
function useUnseen(owner: string): number {
  const { book, mutes, readState } = useApp()
  const version = book.version.value
  const muted = mutes.tags.value
  const since = readState.seen.value.notices
  const unseen = useMemo(
    () => noticesOf(book, owner, { since, isHidden: hiddenBy(mutes, owner) }).length,
    [version, owner, muted, since],
  )
  useEffect(() => {
    unseenNotices.value = unseen
    return () => {
      unseenNotices.value = 0
    }
  }, [unseen])
  return unseen
}
