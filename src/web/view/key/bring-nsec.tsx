/** The secret key itself, typed or pasted: the last way, with a warning. */
import { useState } from 'preact/hooks'
import { parseSecretKey } from '../../../event/keys.ts'
import { isRejection } from '../../../event/rejection.ts'
import type { Keeping } from '../../key/kept.ts'
import { lockKey } from '../../key/ncryptsec.ts'
import { percent, words } from '../../words/words.ts'
import { Field } from './field.tsx'
import { KeepingChoice } from './keeping-choice.tsx'
import { MIN_PASSWORD } from './password.ts'
import type { Bringing } from './use-bringing.ts'

export function BringNsec({ bringing }: { bringing: Bringing }) {
  const [text, setText] = useState('')
  const [password, setPassword] = useState('')
  const [keeping, setKeeping] = useState<Keeping>('password')
  const [fault, setFault] = useState<{ nsec?: string; password?: string }>({})
  const { bring, make } = words().key

  async function use(): Promise<void> {
    const secretKey = parseSecretKey(text)
    if (isRejection(secretKey)) {
      setFault({ nsec: /^\s*(npub|nprofile)1/i.test(text) ? bring.nsecPublic : bring.nsecWrong })
      return
    }
    if (keeping === 'password' && password.length < MIN_PASSWORD) {
      secretKey.fill(0)
      setFault({ password: make.passwordShort })
      return
    }
    setFault({})
    if (!bringing.accepts(secretKey)) return
    const ncryptsec =
      keeping === 'password'
        ? await lockKey(secretKey, password, part => bringing.say(make.locking(percent(part))))
        : undefined
    setText('')
    setPassword('')
    await bringing.useKey({ secretKey, ncryptsec, keeping })
  }

  return (
    <form class="stack" onSubmit={bringing.submit(use)}>
      <p class="warning">{bring.nsecWarning}</p>
      <Field label={bring.nsecText} type="password" value={text} onValue={setText} fault={fault.nsec} required />
      <KeepingChoice value={keeping} onValue={setKeeping} />
      {keeping === 'password' && (
        <Field
          label={make.password}
          hint={make.passwordHint}
          type="password"
          autocomplete="new-password"
          value={password}
          onValue={setPassword}
          fault={fault.password}
        />
      )}
      <button class="button main" type="submit" disabled={bringing.isBusy}>
        {bring.nsecUse}
      </button>
    </form>
  )
}
