/** One's own invitation, to be shown or sent. */
import { useEffect, useState } from 'preact/hooks'
import type { NodeStatus } from '../../../wire/node-status.ts'
import { jsonOf } from '../../node/call.ts'
import { isTrouble } from '../../node/trouble.ts'
import { inviteText, ownBootstraps } from '../../state/invite.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { CopyButton } from '../copy-button.tsx'
import { lazy } from '../lazy.tsx'
import '../../style/key.css'

const QrCode = lazy(() => import('../qr-code.tsx').then(module => module.QrCode))

export function OwnInvite({ owner }: { owner: string }) {
  const { session } = useApp()
  const [bootstraps, setBootstraps] = useState<readonly string[]>([])
  const { peopleSteps } = words().key
  useEffect(() => {
    void session
      .call('/status')
      .then(answer => jsonOf<NodeStatus>(answer))
      .then(status => {
        if (!isTrouble(status)) setBootstraps(ownBootstraps(status))
      })
  }, [])
  const text = inviteText({ pubkey: owner, bootstraps })
  return (
    <div class="stack">
      <p>{peopleSteps.mineWhy}</p>
      <QrCode text={text} label={peopleSteps.mine} />
      <p class="secret">
        <code>{text}</code>
      </p>
      <div class="row">
        <CopyButton text={text} />
      </div>
    </div>
  )
}
