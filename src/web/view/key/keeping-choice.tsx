/** How the key is kept on this device, with what each way means. */
import { useId } from 'preact/hooks'
import type { Keeping } from '../../key/kept.ts'
import { isVaultPossible } from '../../key/vault.ts'
import { words } from '../../words/words.ts'

export interface KeepingChoiceProps {
  readonly value: Keeping
  readonly onValue: (keeping: Keeping) => void
}

export function KeepingChoice({ value, onValue }: KeepingChoiceProps) {
  const name = useId()
  const { keeping } = words().key
  const choices = [
    { is: 'password', label: keeping.password, hint: keeping.passwordHint },
    { is: 'open', label: keeping.open, hint: isVaultPossible() ? keeping.openHint : keeping.openMissing },
    { is: 'session', label: keeping.session, hint: keeping.sessionHint },
  ] as const
  return (
    <fieldset class="keepings">
      <legend>{keeping.title}</legend>
      {choices.map(({ is, label, hint }) => (
        <label key={is} class="keeping">
          <input
            type="radio"
            name={name}
            checked={value === is}
            disabled={is === 'open' && !isVaultPossible()}
            onChange={() => onValue(is)}
          />
          <span>
            <span class="strong-label">{label}</span>
            <span class="small quiet">{hint}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
