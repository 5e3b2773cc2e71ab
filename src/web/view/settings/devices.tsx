/** The owner's devices: who gets in, and who no more. */
import { useEffect, useState } from 'preact/hooks'
import type { Device, NewDevice } from '../../../wire/devices.ts'
import { addDevice, listDevices, MAX_DEVICE_NAME, renameDevice, revokeDevice } from '../../node/devices.ts'
import { isTrouble, type Trouble } from '../../node/trouble.ts'
import { timeAgo, wholeDay, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { CopyButton } from '../copy-button.tsx'
import { Dialog } from '../dialog.tsx'
import { Field } from '../key/field.tsx'
import { lazy } from '../lazy.tsx'
import { QrCode } from '../qr-code.tsx'
import { troubleSentence } from '../trouble-bar.tsx'

const ShowCode = lazy(() => import('../away/show-code.tsx').then(module => module.loadShowCode()))

type Doing =
  | { readonly what: 'add' | 'pair' }
  | { readonly what: 'made'; readonly device: NewDevice }
  | { readonly what: 'rename' | 'revoke'; readonly device: Device }

export function DevicesPart() {
  const { session } = useApp()
  const [devices, setDevices] = useState<readonly Device[] | Trouble>()
  const [doing, setDoing] = useState<Doing>()
  const { house, common } = words()
  const load = async () => setDevices(await listDevices(session.call))
  // A page at home makes itself known to the node for when it is away (state/session.ts).
  useEffect(() => void load(), [session.way.isPaired.value])
  const done = () => {
    setDoing(undefined)
    void load()
  }
  return (
    <>
      <p>{house.devices.what}</p>
      {devices === undefined && <p class="quiet">{common.loading}</p>}
      {isTrouble(devices) && (
        <div class="stack" role="alert">
          <p class="trouble">{devices.trouble === 'locked' ? house.devices.locked : troubleSentence(devices)}</p>
          <button type="button" class="button" onClick={() => void load()}>
            {common.tryAgain}
          </button>
        </div>
      )}
      {devices !== undefined && !isTrouble(devices) && (
        <>
          <ul class="lines">
            {devices.map(device => (
              <DeviceLine key={device.id} device={device} onDo={what => setDoing({ what, device })} />
            ))}
          </ul>
          {devices.some(({ isThis }) => isThis) && <ThisDevice devices={devices} onChange={load} />}
          <div class="stack">
            <p>{house.devices.pairWhy}</p>
            <button type="button" class="button main" onClick={() => setDoing({ what: 'pair' })}>
              {house.devices.pair}
            </button>
            <p class="small quiet">{house.devices.addWhy}</p>
            <button type="button" class="button" onClick={() => setDoing({ what: 'add' })}>
              {house.devices.add}
            </button>
          </div>
          {doing?.what === 'pair' && <ShowCode devices={devices} onClose={done} />}
        </>
      )}
      {doing?.what === 'add' && (
        <NameDialog
          title={house.devices.addTitle}
          action={house.devices.make}
          name=""
          onName={async name => {
            const device = await addDevice(session.call, name)
            if (isTrouble(device)) return device
            setDoing({ what: 'made', device })
            return undefined
          }}
          onClose={done}
        />
      )}
      {doing?.what === 'made' && <Made device={doing.device} onClose={done} />}
      {doing?.what === 'rename' && (
        <NameDialog
          title={house.devices.renameTitle}
          action={common.save}
          name={nameOf(doing.device)}
          onName={async name => {
            const renamed = await renameDevice(session.call, doing.device.id, name)
            if (isTrouble(renamed)) return renamed
            done()
            return undefined
          }}
          onClose={done}
        />
      )}
      {doing?.what === 'revoke' && <Revoke device={doing.device} onClose={done} />}
    </>
  )
}

function nameOf({ name }: Device): string {
  return name === '' ? words().house.devices.first : name
}

function DeviceLine({ device, onDo }: { device: Device; onDo: (what: 'rename' | 'revoke') => void }) {
  const { now } = useApp()
  const { devices } = words().house
  const seen =
    device.lastSeen === null ? devices.never : devices.seen(timeAgo(Date.parse(device.lastSeen) / 1000, now.value))
  const name = nameOf(device)
  return (
    <li class="line" aria-label={name}>
      <div class="line-text">
        <p>
          <bdi class="name">{name}</bdi> {device.isThis && <span class="tag">{devices.isThis}</span>}
        </p>
        <p class="meta">
          {seen} · {devices.added(wholeDay(Date.parse(device.created)))} ·{' '}
          {device.peer === null ? devices.homeOnly : devices.away}
        </p>
      </div>
      <div class="row">
        <button type="button" class="button plain" onClick={() => onDo('rename')}>
          {devices.rename}
        </button>
        <button type="button" class="button danger" onClick={() => onDo('revoke')}>
          {devices.shutOut}
        </button>
      </div>
    </li>
  )
}

/** Whether the device in hand finds its node from away, and how it learns to. */
function ThisDevice({ devices, onChange }: { devices: readonly Device[]; onChange: () => Promise<void> }) {
  const { session } = useApp()
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  const { devices: texts } = words().house
  const canComeAway = devices.some(({ isThis, peer }) => isThis && peer !== null)
  const state = canComeAway
    ? isSecureContext
      ? 'thisAway'
      : 'thisPlain'
    : session.canComeAway()
      ? 'thisHome'
      : 'thisMissing'
  async function letAway(): Promise<void> {
    setBusy(true)
    const trouble = await session.letAway()
    setBusy(false)
    setFault(trouble === undefined ? '' : troubleSentence(trouble))
    await onChange()
  }
  return (
    <div class="stack">
      <p role="status">{texts[state]}</p>
      {!canComeAway && session.canComeAway() && (
        <button type="button" class="button" disabled={isBusy} onClick={() => void letAway()}>
          {texts.letAway}
        </button>
      )}
      <p class="trouble" role="alert">
        {fault}
      </p>
    </div>
  )
}

interface NameDialogProps {
  readonly title: string
  readonly action: string
  readonly name: string
  /** What it resolves to is what went wrong. */
  readonly onName: (name: string) => Promise<Trouble | undefined>
  readonly onClose: () => void
}

function NameDialog({ title, action, name: before, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState(before)
  const [fault, setFault] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const { devices } = words().house
  async function submit(event: Event): Promise<void> {
    event.preventDefault()
    const wanted = [...name.trim()].slice(0, MAX_DEVICE_NAME).join('')
    if (wanted === '') {
      setFault(devices.nameEmpty)
      return
    }
    setBusy(true)
    const trouble = await onName(wanted)
    setBusy(false)
    setFault(trouble && troubleSentence(trouble))
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <Field label={devices.name} hint={devices.nameHint} value={name} onValue={setName} fault={fault} />
        <button type="submit" class="button main" disabled={isBusy}>
          {action}
        </button>
      </form>
    </Dialog>
  )
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** The only time that the address is shown. */
function Made({ device, onClose }: { device: NewDevice; onClose: () => void }) {
  const { devices } = words().house
  const address = `${location.origin}${device.path}/`
  return (
    <Dialog title={devices.made(device.name)} onClose={onClose}>
      <p>{devices.madeWhy}</p>
      {LOCAL.test(location.hostname) && <p class="warning">{devices.local}</p>}
      <QrCode text={address} label={devices.made(device.name)} />
      <code class="secret">{address}</code>
      <div class="row">
        <CopyButton text={address} />
        <button type="button" class="button" onClick={onClose}>
          {devices.done}
        </button>
      </div>
    </Dialog>
  )
}

function Revoke({ device, onClose }: { device: Device; onClose: () => void }) {
  const { session } = useApp()
  const [fault, setFault] = useState('')
  const { house, common } = words()
  async function revoke(): Promise<void> {
    const answer = await revokeDevice(session.call, device.id)
    // Gone already is as good.
    if (isTrouble(answer) && answer.status !== 404) {
      setFault(troubleSentence(answer))
      return
    }
    if (device.isThis) await session.arrive()
    onClose()
  }
  return (
    <Dialog title={house.devices.shutOutTitle(nameOf(device))} onClose={onClose}>
      <p>{house.devices.shutOutWhy}</p>
      {device.isThis && <p class="warning">{house.devices.shutOutThis}</p>}
      {device.id === 'first' && <p>{house.devices.shutOutFirst}</p>}
      <div class="row">
        <button type="button" class="button danger" onClick={() => void revoke()}>
          {house.devices.shutOut}
        </button>
        <button type="button" class="button" onClick={onClose}>
          {common.cancel}
        </button>
      </div>
      <p class="trouble" role="alert">
        {fault}
      </p>
    </Dialog>
  )
}
