/** A person's name with the short key beside it, so that two of the same name are told apart. */
import { npubOf, shortNpub } from '../../event/npub.ts'
import { hashOf } from '../route.ts'
import type { Profile } from '../state/profile.ts'

export function PersonName({ profile }: { profile: Profile }) {
  const { pubkey, name } = profile
  return (
    <a class="person-name" href={hashOf({ view: 'person', name: npubOf(pubkey) })}>
      {name !== undefined && <bdi class="name">{name}</bdi>} <bdi class="short-key">{shortNpub(pubkey)}</bdi>
    </a>
  )
}

/** The name, or the short key of somebody who gave none. */
export function displayName({ name, pubkey }: Profile): string {
  return name ?? shortNpub(pubkey)
}
