/** What the owner can do on the relay's page: each list with its two actions, which are methods of flow/manage.ts. */

import { npubOf, parseEventId, parsePublicKey } from '../event/keys.ts'
import { MAX_KIND } from '../event/limits.ts'
import { type Rejection, reject } from '../event/rejection.ts'
import { canonicalAddress } from '../ip-address.ts'
import type { RelayListName } from '../store/store.ts'

/** Whoever is asked once more reads what it does. */
export interface Question {
  readonly title: string
  readonly text: string
}

export interface Action {
  /** Of `Manage`. */
  readonly method: string
  readonly button: string
  /** What is said when it is done. */
  readonly done: string
  readonly ask?: Question
}

export interface ListForm {
  readonly list: Exclude<RelayListName, 'info'>
  readonly title: string
  readonly what: string
  /** Above the field. */
  readonly label: string
  /** In the empty field. */
  readonly example: string
  readonly hasReason: boolean
  readonly add: Action
  readonly remove: Action
  /** What a person typed, as the method takes it. */
  readonly parse: (text: string) => string | number | Rejection
  /** An entry as a person reads it. */
  readonly shown: (value: string) => string
}

const PERSON = { label: 'Public key', example: 'npub1…', parse: parsePublicKey, shown: npubOf }
const EVENT = { label: 'Event', example: 'note1…, nevent1…, or 64 hex digits', parse: parseEventId, shown: asIs }
const KIND_FIELD = { label: 'Kind', example: '7', hasReason: false, parse: parseKind, shown: nameOfKind }

export const LIST_FORMS: readonly ListForm[] = [
  {
    ...PERSON,
    list: 'allowedPubkey',
    title: 'People you have listed',
    what: 'They are served where the relay serves “listed” people, and their events need no proof of work. What is private to you they do not see.',
    hasReason: true,
    add: { method: 'allowpubkey', button: 'List', done: 'Listed. It holds from now on.' },
    remove: {
      method: 'unallowpubkey',
      button: 'Take off',
      done: 'Taken off the list.',
      ask: {
        title: 'Take this person off the list?',
        text: 'Where the relay serves listed people only, they can no longer read and write here. What they wrote stays.',
      },
    },
  },
  {
    ...PERSON,
    list: 'bannedPubkey',
    title: 'People you have banned',
    what: 'They neither read nor write here, and others do not see what they wrote. What comes to you over the network you still see yourself.',
    hasReason: true,
    add: {
      method: 'banpubkey',
      button: 'Ban',
      done: 'Banned. It holds from now on.',
      ask: {
        title: 'Ban this person?',
        text: 'They can no longer read or write here, and nobody but you sees what they wrote. You can take it back.',
      },
    },
    remove: { method: 'unbanpubkey', button: 'Take off', done: 'No longer banned.' },
  },
  {
    ...EVENT,
    list: 'bannedEvent',
    title: 'Events you have banned',
    what: 'They are not taken, and nobody else is shown them.',
    hasReason: true,
    add: {
      method: 'banevent',
      button: 'Ban',
      done: 'Banned. It holds from now on.',
      ask: { title: 'Ban this event?', text: 'Nobody else is shown it here any more. You can take it back.' },
    },
    remove: { method: 'unbanevent', button: 'Take off', done: 'No longer banned.' },
  },
  {
    ...EVENT,
    list: 'allowedEvent',
    title: 'Events that are taken in any case',
    what: 'Whoever wrote them, whatever their kind, and without proof of work.',
    hasReason: true,
    add: { method: 'allowevent', button: 'Take it', done: 'This event is taken from now on.' },
    remove: { method: 'unallowevent', button: 'Take off', done: 'Taken off the list.' },
  },
  {
    ...KIND_FIELD,
    list: 'disallowedKind',
    title: 'Kinds of events that guests may not leave',
    what: 'What the network brings is not touched, nor are your own events.',
    add: { method: 'disallowkind', button: 'Refuse', done: 'Refused from now on.' },
    remove: { method: 'undisallowkind', button: 'Take off', done: 'No longer refused.' },
  },
  {
    ...KIND_FIELD,
    list: 'allowedKind',
    title: 'Kinds of events that guests may leave',
    what: 'As long as there is none here, guests may leave every kind. With one or more they may leave these and no others.',
    add: {
      method: 'allowkind',
      button: 'Allow',
      done: 'Allowed from now on.',
      ask: {
        title: 'Allow this kind?',
        text: 'Guests can then leave events of the kinds on this list, and of no other kind.',
      },
    },
    remove: { method: 'unallowkind', button: 'Take off', done: 'Taken off the list.' },
  },
  {
    list: 'blockedIp',
    title: 'Addresses you have blocked',
    what: 'From there nobody can connect to the relay.',
    label: 'IP address',
    example: '203.0.113.7 or 2001:db8::7',
    hasReason: true,
    add: {
      method: 'blockip',
      button: 'Block',
      done: 'Blocked. Whoever was connected from there is not any more.',
      ask: {
        title: 'Block this address?',
        text: 'Everybody behind it is cut off from the relay, which may be a whole household or company. You can take it back.',
      },
    },
    remove: { method: 'unblockip', button: 'Take off', done: 'No longer blocked.' },
    parse: text =>
      canonicalAddress(text.trim()) ?? reject('malformed', 'That is not an address. Give an IPv4 or IPv6 address.'),
    shown: asIs,
  },
]

/** The three texts by which the relay calls itself (NIP-11). */
export const NAME_FIELDS = [
  { name: 'name', label: 'Name', method: 'changerelayname', example: 'nostrp2p' },
  {
    name: 'description',
    label: 'Description',
    method: 'changerelaydescription',
    example: 'Who is welcome here, and for what',
  },
  { name: 'icon', label: 'Address of a picture', method: 'changerelayicon', example: 'https://…' },
] as const

export function actionNamed(method: string): { readonly form: ListForm; readonly action: Action } | undefined {
  for (const form of LIST_FORMS) {
    if (form.add.method === method) return { form, action: form.add }
    if (form.remove.method === method) return { form, action: form.remove }
  }
  return undefined
}

function asIs(value: string): string {
  return value
}

function parseKind(text: string): number | Rejection {
  const trimmed = text.trim()
  if (/^\d{1,5}$/.test(trimmed) && Number(trimmed) <= MAX_KIND) return Number(trimmed)
  return reject('malformed', `A kind is a whole number from 0 to ${MAX_KIND}; a post is of kind 1, a like of kind 7.`)
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  0: 'profiles',
  1: 'posts and replies',
  3: 'follow lists',
  4: 'direct messages',
  5: 'deletions',
  6: 'reposts',
  7: 'likes and other reactions',
  16: 'reposts of other events',
  1059: 'gift wraps (private messages)',
  1111: 'comments',
  1984: 'reports',
  9735: 'zaps',
  10002: 'relay lists',
  30023: 'articles',
}

function nameOfKind(value: string): string {
  const name = KIND_NAMES[value]
  return name === undefined ? value : `${value}: ${name}`
}
