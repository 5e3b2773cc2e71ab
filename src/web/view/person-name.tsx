/** A person's name with the short key beside it, so that two of the same name are told apart. */
import { npubOf, shortNpub } from '../../event/npub.ts'
import { hashOf } from '../route.ts'
import type { Profile } from '../state/profile.ts'

export function PersonName({ profile }: { profile: Profile }) {
  const { pubkey, name } = profile
  return (
    <a class="person-name" href={hashOf({ view: 'person', name: npubOf(pubkey) })}>
      {name !== undefined && <bdi class="name">{name}</bdi>} <span class="short-key">{shortNpub(pubkey)}</span>
    </a>
  )
}
