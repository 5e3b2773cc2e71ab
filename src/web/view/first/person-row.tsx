/** One person in a list: picture, name, what they say of themselves, and what can be done. */
import type { ComponentChildren } from 'preact'
import { plainLine, profileOf } from '../../state/profile.ts'
import { Avatar } from '../avatar.tsx'
import { useApp } from '../context.ts'
import { PersonName } from '../person-name.tsx'
import '../../style/key.css'

export function PersonRow({ pubkey, action }: { pubkey: string; action: ComponentChildren }) {
  const { book } = useApp()
  void book.version.value
  const profile = profileOf(book, pubkey)
  return (
    <div class="person-row">
      <Avatar profile={profile} size={44} />
      <div class="person-lines">
        <PersonName profile={profile} />
        <p class="small quiet about" dir="auto">
          {plainLine(profile.about)}
        </p>
      </div>
      {action}
    </div>
  )
}
