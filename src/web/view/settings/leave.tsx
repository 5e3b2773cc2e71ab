/** Signing out: nothing of the owner stays in this browser. */
import { useState } from 'preact/hooks'
import { listDevices, revokeDevice } from '../../node/devices.ts'
import { isTrouble } from '../../node/trouble.ts'
import { unsubscribe } from '../../state/push.ts'
import { count, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { Dialog } from '../dialog.tsx'

export function LeavePart() {
  const [isAsked, setAsked] = useState(false)
  const { leave } = words().house
  return (
    <>
      <p>{leave.what}</p>
      <p class="small quiet">{leave.machine}</p>
      <button type="button" class="button danger" onClick={() => setAsked(true)}>
        {leave.button}
      </button>
      {isAsked && <Confirm onClose={() => setAsked(false)} />}
    </>
  )
}

function Confirm({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const [isBusy, setBusy] = useState(false)
  const { house, common } = words()
  const waiting = app.outgoing.items.value.length
  const { state } = app.signing
  const isKeyHere =
    state.value.at === 'ready'
      ? state.value.signer.kind === 'here'
      : state.value.at === 'locked' && state.value.kind === 'here'

  /** What the node is told is a courtesy: signing out works without it. */
  async function leave(): Promise<void> {
    setBusy(true)
    const { call } = app.session
    await unsubscribe(call).catch(() => undefined)
    const devices = await listDevices(call)
    const own = isTrouble(devices) ? undefined : devices.find(({ isThis, id }) => isThis && id !== 'first')
    if (own !== undefined) await revokeDevice(call, own.id)
    await app.leave()
    location.hash = ''
    location.reload()
  }

  return (
    <Dialog title={house.leave.title} onClose={onClose}>
      {isKeyHere && <p class="warning">{house.leave.key}</p>}
      {waiting > 0 && <p class="trouble">{house.leave.waiting(count(waiting))}</p>}
      <div class="row">
        <button type="button" class="button danger" disabled={isBusy} onClick={() => void leave()}>
          {house.leave.button}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {common.cancel}
        </button>
      </div>
    </Dialog>
  )
}
