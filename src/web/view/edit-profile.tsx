/** What one says of oneself, to change. */
import { words } from '../words/words.ts'
import { Dialog } from './dialog.tsx'
import { ProfileForm } from './first/profile-step.tsx'

export function EditProfile({ owner, onClose }: { owner: string; onClose: () => void }) {
  return (
    <Dialog title={words().person.edit} onClose={onClose}>
      <ProfileForm owner={owner} onDone={onClose} />
    </Dialog>
  )
}
