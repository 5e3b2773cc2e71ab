/** A new key: shown once, locked, backed up, and sure to be kept before it is used. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { generateKeyPair, nsecOf } from '../../../event/keys.ts'
import { npubOf } from '../../../event/npub.ts'
import type { Keeping } from '../../key/kept.ts'
import { lockKey } from '../../key/ncryptsec.ts'
import { percent, words } from '../../words/words.ts'
import { CopyButton } from '../copy-button.tsx'
import { ViewTitle } from '../view-title.tsx'
import { Field } from './field.tsx'
import { KeepingChoice } from './keeping-choice.tsx'
import { MIN_PASSWORD } from './password.ts'
import { useBringing } from './use-bringing.ts'

const CONFIRM_CHARS = 4

export function MakeKey({ onReady }: { onReady: () => void }) {
  const bringing = useBringing(undefined, onReady)
  const [pair] = useState(generateKeyPair)
  const [password, setPassword] = useState('')
  const [confirmation, setConfirmation] = useState('')
  const [keeping, setKeeping] = useState<Keeping>('password')
  const [fault, setFault] = useState<{ password?: string; confirmation?: string }>({})
  const [isBackedUp, setBackedUp] = useState(false)
  /** Locking takes a second: once for each password. */
  const locked = useRef<{ password: string; ncryptsec: string }>(undefined)
  const isUsed = useRef(false)
  const { make, welcome } = words().key
  const nsec = nsecOf(pair.secretKey)
  useEffect(
    () => () => {
      if (!isUsed.current) pair.secretKey.fill(0)
    },
    [pair],
  )

  async function lockedKey(): Promise<string> {
    if (locked.current?.password !== password) {
      const onProgress = (part: number) => bringing.say(make.locking(percent(part)))
      locked.current = { password, ncryptsec: await lockKey(pair.secretKey, password, onProgress) }
      bringing.say('')
    }
    return locked.current.ncryptsec
  }

  function isPasswordShort(): boolean {
    const isShort = password.length < MIN_PASSWORD
    setFault(isShort ? { password: make.passwordShort } : {})
    return isShort
  }

  async function backUp(): Promise<void> {
    if (isPasswordShort()) return
    const npub = npubOf(pair.pubkey)
    offerFile(`nostrp2p-${npub.slice(0, 12)}.txt`, `${make.backupText(npub)}\n${await lockedKey()}\n`)
    setBackedUp(true)
  }

  async function use(): Promise<void> {
    if (keeping === 'password' && isPasswordShort()) return
    if (confirmation.trim().toLowerCase() !== nsec.slice(-CONFIRM_CHARS)) {
      setFault({ confirmation: make.confirmWrong })
      return
    }
    setFault({})
    const ncryptsec = password.length >= MIN_PASSWORD ? await lockedKey() : undefined
    isUsed.current = true
    await bringing.useKey({ secretKey: pair.secretKey, ncryptsec, keeping })
  }

  return (
    <form class="stack" onSubmit={bringing.submit(use)}>
      <ViewTitle text={make.title} />
      <p>{make.what}</p>
      <div class="stack">
        <h2 class="strong-label">{make.secret}</h2>
        <p class="secret">
          <code>{nsec}</code>
        </p>
        <div class="row">
          <CopyButton text={nsec} />
        </div>
        <p class="small quiet">
          {make.public}: <code>{npubOf(pair.pubkey)}</code>
        </p>
      </div>
      <KeepingChoice value={keeping} onValue={setKeeping} />
      <Field
        label={make.password}
        hint={make.passwordHint}
        type="password"
        autocomplete="new-password"
        value={password}
        onValue={setPassword}
        fault={fault.password}
      />
      <div class="stack">
        <button class="button" type="button" disabled={bringing.isBusy} onClick={() => void bringing.run(backUp)}>
          {make.backup}
        </button>
        <p class="small" role="status">
          {isBackedUp ? make.backupDone : ''}
        </p>
      </div>
      <Field
        label={make.confirm}
        hint={make.confirmHint}
        value={confirmation}
        onValue={setConfirmation}
        fault={fault.confirmation}
      />
      <p class="small quiet" role="status">
        {bringing.status}
      </p>
      <button class="button main" type="submit" disabled={bringing.isBusy}>
        {welcome.claim}
      </button>
    </form>
  )
}

/** Hands a file to the browser, which asks or puts it where downloads go. */
function offerFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
