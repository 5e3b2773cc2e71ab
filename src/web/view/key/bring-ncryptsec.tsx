/** A key under a password (NIP-49): pasted, or from a backup file. */
import { useState } from 'preact/hooks'
import type { Keeping } from '../../key/kept.ts'
import { ncryptsecIn, unlockKey } from '../../key/ncryptsec.ts'
import { percent, words } from '../../words/words.ts'
import { Field } from './field.tsx'
import { KeepingChoice } from './keeping-choice.tsx'
import type { Bringing } from './use-bringing.ts'

/** A backup file has some hundred characters; whatever is larger is none. */
const MAX_FILE_BYTES = 64 * 1024

export function BringNcryptsec({ bringing }: { bringing: Bringing }) {
  const [text, setText] = useState('')
  const [password, setPassword] = useState('')
  const [keeping, setKeeping] = useState<Keeping>('password')
  const [fault, setFault] = useState<{ text?: string; password?: string }>({})
  const { bring } = words().key

  async function takeFile(file: File | undefined): Promise<void> {
    if (file === undefined) return
    const found = file.size > MAX_FILE_BYTES ? undefined : ncryptsecIn(await file.text().catch(() => ''))
    setFault(found === undefined ? { text: bring.ncryptsecWrong } : {})
    if (found !== undefined) setText(found)
  }

  async function use(): Promise<void> {
    const ncryptsec = ncryptsecIn(text)
    if (ncryptsec === undefined) {
      setFault({ text: bring.ncryptsecWrong })
      return
    }
    setFault({})
    const secretKey = await unlockKey(ncryptsec, password, part => bringing.say(bring.unlocking(percent(part))))
    bringing.say('')
    if (secretKey === 'damaged') setFault({ text: bring.damaged })
    else if (secretKey === 'wrong-password') setFault({ password: bring.wrongPassword })
    else if (bringing.accepts(secretKey)) {
      setPassword('')
      await bringing.useKey({ secretKey, ncryptsec, keeping })
    }
  }

  return (
    <form class="stack" onSubmit={bringing.submit(use)}>
      <Field label={bring.ncryptsecText} value={text} onValue={setText} fault={fault.text} required />
      <label class="file">
        <span>{bring.ncryptsecFile}</span>
        <input
          type="file"
          accept=".txt,text/plain"
          onChange={({ currentTarget }) => void takeFile(currentTarget.files?.[0])}
        />
      </label>
      <Field
        label={bring.ncryptsecPassword}
        type="password"
        autocomplete="current-password"
        value={password}
        onValue={setPassword}
        fault={fault.password}
      />
      <KeepingChoice value={keeping} onValue={setKeeping} />
      <button class="button main" type="submit" disabled={bringing.isBusy}>
        {bring.ncryptsecUse}
      </button>
    </form>
  )
}
