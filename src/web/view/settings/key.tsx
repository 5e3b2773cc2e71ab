/** The owner's signature for the node, and the key in this browser. */

import { useState } from 'preact/hooks'
import { npubOf } from '../../../event/npub.ts'
import { words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { CopyText } from '../copy-text.tsx'
import { Dialog } from '../dialog.tsx'
import { BindingBanner } from '../key/binding-banner.tsx'
import { PartHeading } from './part-heading.tsx'

export function KeyPart({ owner }: { owner: string }) {
  const { signing } = useApp()
  const [isForgetting, setForgetting] = useState(false)
  const state = signing.state.value
  const { key } = words().house
  const pubkey = state.at === 'ready' ? state.signer.pubkey : state.at === 'locked' ? state.pubkey : undefined
  const isForeign = pubkey !== undefined && pubkey !== owner
  const isHere = state.at === 'ready' ? state.signer.kind === 'here' : state.at === 'locked' && state.kind === 'here'
  const npub = npubOf(owner)
  return (
    <>
      <PartHeading>{key.binding}</PartHeading>
      <div class="settings-banner">
        <BindingBanner always />
      </div>
      <PartHeading>{key.title}</PartHeading>
      <p role="status">{isForeign ? key.foreign : sentence()}</p>
      <div class="row">
        {(state.at !== 'ready' || isForeign) && (
          <button type="button" class="button" onClick={() => void signing.needSigner()}>
            {state.at === 'none' || isForeign ? key.bring : key.unlock}
          </button>
        )}
        {state.at === 'ready' && isHere && (
          <button type="button" class="button" onClick={() => signing.lock()}>
            {key.lock}
          </button>
        )}
        {state.at !== 'none' && (
          <button type="button" class="button danger" onClick={() => setForgetting(true)}>
            {key.forget}
          </button>
        )}
      </div>
      <p class="small quiet">{key.public}</p>
      <p class="row whole-key small">
        <code class="person-key">{npub}</code> <CopyText text={npub} />
      </p>
      {isForgetting && <Forget isHere={isHere} onClose={() => setForgetting(false)} />}
    </>
  )

  function sentence(): string {
    if (state.at === 'none') return key.none
    const kind = state.at === 'ready' ? state.signer.kind : state.kind
    if (kind !== 'here') return key[kind]
    if (state.at === 'ready') return key.ready
    return state.needsPassword ? key.locked : key.lockedOpen
  }
}

function Forget({ isHere, onClose }: { isHere: boolean; onClose: () => void }) {
  const { signing } = useApp()
  const { house, common } = words()
  return (
    <Dialog title={house.key.forgetTitle} onClose={onClose}>
      <p>{isHere ? house.key.forgetWhy : house.key.forgetAgent}</p>
      <div class="row">
        <button
          type="button"
          class="button danger"
          onClick={() => {
            void signing.forget()
            onClose()
          }}
        >
          {house.key.forget}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {common.cancel}
        </button>
      </div>
    </Dialog>
  )
}
