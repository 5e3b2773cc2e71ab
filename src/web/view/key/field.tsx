/** One labelled input with its hint and what is wrong with it, tied together for screen readers. */
import type { TargetedInputEvent } from 'preact'
import { useId } from 'preact/hooks'

export interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onValue: (value: string) => void
  readonly hint?: string
  readonly fault?: string | undefined
  readonly type?: 'text' | 'password'
  readonly autocomplete?: 'off' | 'new-password' | 'current-password' | 'nickname'
  readonly required?: boolean
}

export function Field({ label, value, onValue, hint, fault, type = 'text', autocomplete, required }: FieldProps) {
  const id = useId()
  const shared = {
    id,
    value,
    onInput: ({ currentTarget }: TargetedInputEvent<HTMLInputElement>) => onValue(currentTarget.value),
    autocomplete: autocomplete ?? 'off',
    autocapitalize: 'off',
    spellcheck: false,
    required: required === true,
    'aria-invalid': fault !== undefined,
    'aria-describedby': `${id}-hint ${id}-fault`,
  } as const
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'password' ? <input type="password" {...shared} /> : <input type="text" {...shared} />}
      <p id={`${id}-hint`} class="small quiet">
        {hint}
      </p>
      <p id={`${id}-fault`} class="small trouble" role="alert">
        {fault}
      </p>
    </div>
  )
}
