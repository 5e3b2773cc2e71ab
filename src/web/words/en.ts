/** What the page says, in English. Every other language has the same keys (`Words`). */
import type { RefusalCode } from '../../event/rejection.ts'
import { action, compose } from './compose.en.ts'
import { house } from './house.en.ts'
import { keyEn } from './key.en.ts'
import { notice } from './notice.en.ts'
import { bookmark, mute, people, person, search } from './person.en.ts'
import { post, version } from './post.en.ts'
import { road } from './road.en.ts'
import { way } from './way.en.ts'

export const en = {
  app: 'nostrp2p',

  action,
  bookmark,
  compose,
  house,
  mute,
  notice,
  people,
  person,
  post,
  road,
  search,
  version,
  way,

  common: {
    cancel: 'Cancel',
    close: 'Close',
    save: 'Save',
    saving: 'Saving…',
    tryAgain: 'Try again',
    back: 'Back',
    copy: 'Copy',
    copied: 'Copied',
    loading: 'Loading…',
  },

  nav: {
    main: 'Main',
    home: 'Home',
    everybody: 'Everybody',
    notices: 'Notices',
    people: 'People',
    search: 'Search',
    bookmarks: 'Bookmarks',
    me: 'My posts',
    node: 'Node',
    settings: 'Settings',
    compose: 'New post',
  },

  trouble: {
    away: 'Your node does not answer. It may be off, or this device is not in its network. What you write is kept here and sent when it is back.',
    slow: 'Your node takes long to answer. It is tried again by itself.',
    locked: 'This node gives nothing without a key to it.',
    busy: 'Your node is busy. It is tried again in a moment.',
    broken:
      'Your node answered with something this page does not understand. It may be another version: reload the page.',
  },

  locked: {
    title: 'This node belongs to somebody',
    how: 'To get in, open the address that the node printed when it started: it ends with /k/ and a long code. Or sign in with the key of its owner.',
    token: 'Address or code',
    open: 'Open',
    signIn: "Sign in with the owner's key",
    wrongToken: 'The node does not know this code. It may have been revoked, or a letter is missing.',
  },

  key: keyEn,

  /** What the node refuses, by code; where nothing stands, its own sentence does. */
  refusals: {} as Readonly<Partial<Record<RefusalCode, string>>>,

  times: {
    now: 'now',
  },
}

export type Words = Widened<typeof en>

/** The texts themselves differ, their kinds do not. */
export type Widened<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...values: infer A) => string
      ? (...values: A) => string
      : Widened<T[K]>
}
