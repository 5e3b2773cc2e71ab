/** The people one follows, people seen on the network, and how others find oneself. */

import { useState } from 'preact/hooks'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { AddPerson } from './first/add-person.tsx'
import { OwnInvite } from './first/own-invite.tsx'
import { PersonRow } from './first/person-row.tsx'
import { SeenPeople } from './first/seen-people.tsx'
import { FollowButton } from './follow-button.tsx'
import { ViewTitle } from './view-title.tsx'

export function People({ owner }: { owner: string }) {
  const { book, follows } = useApp()
  const [added, setAdded] = useState<readonly string[]>([])
  void book.version.value
  const followed = [...(follows.of() ?? [])]
  const { people, nav, key } = words()
  const button = (pubkey: string) => <FollowButton pubkey={pubkey} />
  return (
    <>
      <ViewTitle class="view-title" text={nav.people} />
      <div class="padded stack">
        <AddPerson
          owner={owner}
          onInvite={({ pubkey }) => setAdded([pubkey, ...added.filter(one => one !== pubkey)])}
        />
        {added.map(pubkey => (
          <PersonRow key={pubkey} pubkey={pubkey} action={button(pubkey)} />
        ))}
        <details>
          <summary>{key.peopleSteps.mine}</summary>
          <OwnInvite owner={owner} />
        </details>
        <SeenPeople owner={owner} without={[...added, ...followed]} action={button} />
        <h2>{people.followed}</h2>
        {followed.length === 0 && <p class="quiet">{people.nobody}</p>}
        {followed.map(pubkey => (
          <PersonRow key={pubkey} pubkey={pubkey} action={button(pubkey)} />
        ))}
      </div>
    </>
  )
}
