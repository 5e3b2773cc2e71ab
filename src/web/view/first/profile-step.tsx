/** Name and picture of a new owner; of an old key what the network knows is filled in. */
import { useEffect, useState } from 'preact/hooks'
import { KIND } from '../../../event/kinds.ts'
import type { SignerTrouble } from '../../key/signer.ts'
import type { Trouble } from '../../node/trouble.ts'
import { profileOf, webUrl } from '../../state/profile.ts'
import { profileDraft } from '../../state/profile-draft.ts'
import { isFailed } from '../../state/publish.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { Field } from '../key/field.tsx'
import { failureSentence } from '../key/sentences.ts'
import { ViewTitle } from '../view-title.tsx'

export function ProfileStep({ owner, onDone }: { owner: string; onDone: () => void }) {
  const { first } = words().key
  return (
    <div class="stack">
      <ViewTitle text={first.profileTitle} />
      <p>{first.profileWhy}</p>
      <ProfileForm owner={owner} onDone={onDone} />
      <button class="button plain" type="button" onClick={onDone}>
        {first.skip}
      </button>
    </div>
  )
}

export function ProfileForm({ owner, onDone }: { owner: string; onDone: () => void }) {
  const { book, missing, publish, session } = useApp()
  void book.version.value
  const known = profileOf(book, owner)
  const [typed, setTyped] = useState<{ name?: string; picture?: string; about?: string }>({})
  const [fault, setFault] = useState<string>()
  const [failure, setFailure] = useState<SignerTrouble | Trouble>()
  const [isSaving, setSaving] = useState(false)
  const { first } = words().key
  useEffect(() => missing.wantProfile(owner), [owner])
  const name = typed.name ?? known.name ?? ''
  const picture = typed.picture ?? known.picture ?? ''
  const about = typed.about ?? known.about ?? ''

  async function save(event: Event): Promise<void> {
    event.preventDefault()
    const url = picture.trim() === '' ? '' : webUrl(picture)
    setFault(url === undefined ? first.pictureWrong : undefined)
    if (url === undefined) return
    const isSame = name === (known.name ?? '') && url === (known.picture ?? '') && about === (known.about ?? '')
    if (isSame) {
      onDone()
      return
    }
    setSaving(true)
    setFailure(undefined)
    const outcome = await publish(profileDraft(book.newest(KIND.profile, owner), { name, picture: url, about }))
    setSaving(false)
    if (isFailed(outcome)) setFailure(outcome)
    else onDone()
  }

  return (
    <form class="stack" onSubmit={save}>
      <Field
        label={first.name}
        autocomplete="nickname"
        value={name}
        onValue={value => setTyped({ ...typed, name: value })}
      />
      <Field
        label={first.picture}
        hint={first.pictureHint}
        value={picture}
        onValue={value => setTyped({ ...typed, picture: value })}
        fault={fault}
      />
      <Field label={first.about} value={about} onValue={value => setTyped({ ...typed, about: value })} />
      <p class="trouble" role="alert">
        {failure === undefined ? '' : failureSentence(failure, session.clockAhead.value)}
      </p>
      <button class="button main" type="submit" disabled={isSaving}>
        {isSaving ? words().common.saving : first.profileSave}
      </button>
    </form>
  )
}
