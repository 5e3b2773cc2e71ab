/** What the owner does not want to see: a list from which anything can be taken, and to which a word can be added. */

import { useEffect, useState } from 'preact/hooks'
import { pubkeyOf } from '../../../event/npub.ts'
import { type Mute, type MuteWhat, mutesIn } from '../../state/mutes.ts'
import type { OwnList } from '../../state/own-list.ts'
import { plainLine, profileOf } from '../../state/profile.ts'
import { isFailed } from '../../state/publish.ts'
import { words } from '../../words/words.ts'
import { Avatar } from '../avatar.tsx'
import { useApp } from '../context.ts'
import { Field } from '../key/field.tsx'
import { failureSentence } from '../key/sentences.ts'
import { displayName, PersonName } from '../person-name.tsx'
import { PartHeading } from './part-heading.tsx'

const GROUPS = [
  ['p', 'people'],
  ['word', 'words'],
  ['t', 'tags'],
  ['e', 'threads'],
] as const satisfies readonly (readonly [MuteWhat, string])[]

export function MutesPart() {
  const { book, mutes, session, signing } = useApp()
  const [text, setText] = useState('')
  const [fault, setFault] = useState('')
  const [isSaving, setSaving] = useState(false)
  void book.version.value
  useEffect(() => void mutes.refresh(), [])
  const { common, house } = words()
  const held = mutesIn(mutes.tags.value)
  const isLocked = signing.state.value.at !== 'ready'

  async function change(work: () => ReturnType<OwnList['add']>): Promise<boolean> {
    setFault('')
    setSaving(true)
    const result = await work()
    setSaving(false)
    const isFault = isFailed(result)
    setFault(isFault ? failureSentence(result, session.clockAhead.value) : '')
    return !isFault
  }

  async function add(event: Event): Promise<void> {
    event.preventDefault()
    const wanted = text.trim().toLowerCase()
    if (wanted === '') return
    // What is typed meanwhile stays.
    if (await change(() => mutes.add(muteIn(wanted)))) setText(current => (current === text ? '' : current))
  }

  return (
    <>
      <p>{house.mutes.what}</p>
      {isLocked && (
        <div class="row">
          <p class="quiet">{house.mutes.locked}</p>
          <button type="button" class="button" onClick={() => void signing.needSigner()}>
            {signing.state.value.at === 'none' ? house.key.bring : house.key.unlock}
          </button>
        </div>
      )}
      <form class="stack" onSubmit={add}>
        <Field label={house.mutes.addLabel} value={text} onValue={setText} />
        <button type="submit" class="button" disabled={isSaving}>
          {house.mutes.add}
        </button>
      </form>
      <p class="quiet" role="status">
        {isSaving ? common.saving : ''}
      </p>
      <p class="trouble" role="alert">
        {fault}
      </p>
      {held.length === 0 && !isLocked && <p class="quiet">{house.mutes.none}</p>}
      {GROUPS.map(([what, title]) => {
        const group = held.filter(mute => mute.what === what)
        if (group.length === 0) return null
        return (
          <section key={what} aria-labelledby={`mutes-${what}`}>
            <PartHeading id={`mutes-${what}`}>{house.mutes[title]}</PartHeading>
            <ul class="lines">
              {group.map(mute => (
                <MuteLine
                  key={mute.value}
                  mute={mute}
                  isDisabled={isSaving}
                  onUnmute={() => void change(() => mutes.remove([mute.what, mute.value]))}
                />
              ))}
            </ul>
          </section>
        )
      })}
    </>
  )
}

/** What somebody typed: a person by their npub, a hashtag, or a word. */
function muteIn(text: string): [MuteWhat, string] {
  const pubkey = pubkeyOf(text)
  if (pubkey !== undefined) return ['p', pubkey]
  return text.startsWith('#') && text.length > 1 ? ['t', text.slice(1)] : ['word', text]
}

interface MuteLineProps {
  readonly mute: Mute
  readonly isDisabled: boolean
  readonly onUnmute: () => void
}

function MuteLine({ mute, isDisabled, onUnmute }: MuteLineProps) {
  const { book, missing } = useApp()
  const { what, value } = mute
  const { mutes } = words().house
  const profile = what === 'p' ? profileOf(book, value) : undefined
  const post = what === 'e' ? book.get(value) : undefined
  useEffect(() => {
    if (what === 'p') missing.wantProfile(value)
    if (what === 'e') missing.wantPost(value)
  }, [what, value])
  const text = what === 't' ? `#${value}` : what === 'e' ? plainLine(post?.content) || mutes.unknownPost : value
  const name = profile === undefined ? text : displayName(profile)
  return (
    <li class="line">
      {profile !== undefined && <Avatar profile={profile} size={32} />}
      <div class="line-text">
        {profile !== undefined ? <PersonName profile={profile} /> : <bdi class="one-line">{text}</bdi>}
      </div>
      <button
        type="button"
        class="button plain"
        aria-label={mutes.unmute(name)}
        disabled={isDisabled}
        onClick={onUnmute}
      >
        {mutes.unmuteShort}
      </button>
    </li>
  )
}
