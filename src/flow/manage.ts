/** What the owner may change at the relay while it runs (NIP-86): each method as a rule of its own, none of them a promise. */
import { isHex32 } from '../event/hex.ts'
import { MAX_KIND } from '../event/limits.ts'
import { isRejection, type Rejection, reject } from '../event/rejection.ts'
import { canonicalAddress } from '../ip-address.ts'
import type { RelayListName } from '../store/store.ts'
import type { HouseRules } from './house-rules.ts'

/** The result of a method, or why it was not done. The caller has made sure that the owner asks. */
export type Manage = (method: string, params: readonly unknown[]) => Promise<{ readonly result: unknown } | Rejection>

export interface ManageParts {
  readonly rules: HouseRules
  readonly owner: () => string | undefined
}

type Method = (params: readonly unknown[]) => Promise<unknown>
/** What a parameter is called in a list, or why it is none. */
type Read = (value: unknown) => string | Rejection

export function createManage({ rules, owner }: ManageParts): Manage {
  const methods: Readonly<Record<string, Method>> = {
    supportedmethods: async () => Object.keys(methods).filter(name => name !== 'supportedmethods'),

    banpubkey: put('bannedPubkey', pubkeyToBan, 'allowedPubkey'),
    unbanpubkey: take('bannedPubkey', pubkey),
    listbannedpubkeys: list('bannedPubkey', 'pubkey'),
    allowpubkey: put('allowedPubkey', pubkey, 'bannedPubkey'),
    unallowpubkey: take('allowedPubkey', pubkey),
    listallowedpubkeys: list('allowedPubkey', 'pubkey'),

    banevent: put('bannedEvent', eventId, 'allowedEvent'),
    unbanevent: take('bannedEvent', eventId),
    listbannedevents: list('bannedEvent', 'id'),
    allowevent: put('allowedEvent', eventId, 'bannedEvent'),
    unallowevent: take('allowedEvent', eventId),
    listallowedevents: list('allowedEvent', 'id'),

    allowkind: put('allowedKind', kind, 'disallowedKind'),
    disallowkind: put('disallowedKind', kind, 'allowedKind'),
    // With `allowkind` a kind leaves one list for the other; these two bring it back to none.
    unallowkind: take('allowedKind', kind),
    undisallowkind: take('disallowedKind', kind),
    listallowedkinds: listKinds('allowedKind'),
    listdisallowedkinds: listKinds('disallowedKind'),

    blockip: put('blockedIp', addressToBlock),
    unblockip: take('blockedIp', address),
    listblockedips: list('blockedIp', 'ip'),

    changerelayname: change('name'),
    changerelaydescription: change('description'),
    changerelayicon: change('icon'),
  }

  function put(to: RelayListName, read: Read, from?: RelayListName): Method {
    return async ([given, reason = '']) => {
      const value = read(given)
      if (isRejection(value)) return value
      const text = textOf(reason)
      if (isRejection(text)) return text
      return (await rules.add({ list: to, value, text }, from)) ?? true
    }
  }

  function take(from: RelayListName, read: Read): Method {
    return async ([given]) => {
      const value = read(given)
      if (isRejection(value)) return value
      await rules.remove(from, value)
      return true
    }
  }

  function list(name: RelayListName, field: string): Method {
    return async () =>
      rules.list(name).map(({ value, text }) => (text === '' ? { [field]: value } : { [field]: value, reason: text }))
  }

  function listKinds(name: RelayListName): Method {
    return async () =>
      rules
        .list(name)
        .map(({ value }) => Number(value))
        .sort((a, b) => a - b)
  }

  function change(value: 'name' | 'description' | 'icon'): Method {
    return async ([given]) => {
      const text = textOf(given)
      if (isRejection(text)) return text
      if (text === '') {
        await rules.remove('info', value)
        return true
      }
      if (value === 'icon' && !isWebAddress(text)) return reject('malformed', 'The icon must be an http or https URL.')
      return (await rules.add({ list: 'info', value, text })) ?? true
    }
  }

  function pubkeyToBan(value: unknown): string | Rejection {
    if (value === owner()) return reject('restricted', 'That is the owner of this relay.')
    return pubkey(value)
  }

  return async (method, params) => {
    if (!Object.hasOwn(methods, method)) {
      return reject('malformed', `This relay has no method "${method.slice(0, 40)}". "supportedmethods" lists them.`)
    }
    const result = await methods[method]!(params)
    return isRejection(result) ? result : { result }
  }
}

function pubkey(value: unknown): string | Rejection {
  return isHex32(value) ? value : reject('malformed', 'A public key must be given as 64 lower-case hex digits.')
}

function eventId(value: unknown): string | Rejection {
  return isHex32(value) ? value : reject('malformed', 'An event must be given by its id: 64 lower-case hex digits.')
}

function kind(value: unknown): string | Rejection {
  const isKind = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_KIND
  return isKind ? String(value) : reject('malformed', `A kind must be a whole number from 0 to ${MAX_KIND}.`)
}

function address(value: unknown): string | Rejection {
  const canonical = typeof value === 'string' ? canonicalAddress(value) : undefined
  return canonical ?? reject('malformed', 'An address must be an IPv4 or IPv6 address.')
}

/** Whoever blocks this machine would lock out the owner, and the proxy in front. */
function addressToBlock(value: unknown): string | Rejection {
  const canonical = address(value)
  if (isRejection(canonical) || (!canonical.startsWith('127.') && canonical !== '::1')) return canonical
  return reject('restricted', 'That is this machine itself.')
}

function textOf(value: unknown): string | Rejection {
  return typeof value === 'string' ? value : reject('malformed', 'A text must be given as a string.')
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}
