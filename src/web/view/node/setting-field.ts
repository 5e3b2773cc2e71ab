/** What the field of a setting is given. */
import type { NodeSetting, SettingValue } from '../../../wire/settings.ts'

export interface FieldProps {
  readonly setting: NodeSetting
  readonly value: SettingValue | null
  readonly onValue: (value: SettingValue | null) => void
  readonly id: string
  readonly label: string
  readonly fallback: string
}
