/**
 * A person's name with the short key beside it, so that two of the same name are told apart. Names are said by whoever has
 * them; the key was checked, so it is never cut off, and whom the reader follows has a mark that nobody can give themselves.
 */
import { UserCheck } from 'lucide'
import { npubOf, shortNpub } from '../../event/npub.ts'
import { hashOf } from '../route.ts'
import type { Profile } from '../state/profile.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { Icon } from './icon.tsx'

export function PersonName({ profile }: { profile: Profile }) {
  const { pubkey } = profile
  return (
    <a class="person-name" href={hashOf({ view: 'person', name: npubOf(pubkey) })}>
      <NameAndKey profile={profile} />
    </a>
  )
}

/** The same where the link leads elsewhere. */
export function NameAndKey({ profile }: { profile: Profile }) {
  const { follows } = useApp()
  const { pubkey, name } = profile
  return (
    <>
      {name !== undefined && <bdi class="name">{name}</bdi>}{' '}
      {follows.of()?.has(pubkey) === true && (
        <span class="followed-mark" title={words().person.unfollow}>
          <Icon of={UserCheck} size={14} />
          <span class="visually-hidden">{words().person.unfollow}</span>
        </span>
      )}{' '}
      <bdi class="short-key">{shortNpub(pubkey)}</bdi>
    </>
  )
}

/** The same as plain text, where no more than that can stand: `Bob (npub1…)`. */
export function nameWithKey(profile: Profile): string {
  const key = shortNpub(profile.pubkey)
  return profile.name === undefined ? key : `${profile.name} (${key})`
}

/** The name, or the short key of somebody who gave none. */
export function displayName({ name, pubkey }: Profile): string {
  return name ?? shortNpub(pubkey)
}
