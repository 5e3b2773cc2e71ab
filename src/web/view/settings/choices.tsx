/** One of a few, or on and off, each with what it means. */
import { useId } from 'preact/hooks'

export interface Choice<T extends string> {
  readonly is: T
  readonly label: string
  readonly hint?: string
  /** Where the label is in another language than the page. */
  readonly lang?: string
}

export interface ChoicesProps<T extends string> {
  readonly title: string
  readonly choices: readonly Choice<T>[]
  readonly value: T
  readonly onValue: (value: T) => void
}

export function Choices<T extends string>({ title, choices, value, onValue }: ChoicesProps<T>) {
  const name = useId()
  return (
    <fieldset class="options">
      <legend>{title}</legend>
      {choices.map(({ is, label, hint, lang }) => (
        <label key={is} class="option">
          <input type="radio" name={name} checked={value === is} onChange={() => onValue(is)} />
          <span>
            <span lang={lang}>{label}</span>
            {hint !== undefined && <span class="small quiet">{hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

export interface SwitchProps {
  readonly label: string
  readonly hint?: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly isDisabled?: boolean
}

export function Switch({ label, hint, isOn, onChange, isDisabled = false }: SwitchProps) {
  return (
    <label class="option">
      <input
        type="checkbox"
        checked={isOn}
        disabled={isDisabled}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
      <span>
        <span>{label}</span>
        {hint !== undefined && <span class="small quiet">{hint}</span>}
      </span>
    </label>
  )
}
