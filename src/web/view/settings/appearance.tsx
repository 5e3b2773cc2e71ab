/** How the page looks and what it loads, in this browser. */
import { LANGUAGES, type Language, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { isHelpShown } from '../keyboard-help.tsx'
import { Choices, Switch } from './choices.tsx'

export function AppearancePart() {
  const { settings } = useApp()
  const { appearance } = words().house
  return (
    <>
      <Choices
        title={appearance.language}
        choices={(Object.keys(LANGUAGES) as Language[]).map(is => ({
          is,
          label: LANGUAGES[is],
          lang: is,
        }))}
        value={settings.language.value}
        onValue={language => {
          settings.language.value = language
        }}
      />
      <Choices
        title={appearance.theme}
        choices={(['auto', 'light', 'dark'] as const).map(is => ({ is, label: appearance[is] }))}
        value={settings.theme.value}
        onValue={theme => {
          settings.theme.value = theme
        }}
      />
      <Choices
        title={appearance.pictures}
        choices={(['click', 'followed', 'all'] as const).map(is => ({
          is,
          label: appearance[is],
          hint: appearance[`${is}Hint`],
        }))}
        value={settings.pictures.value}
        onValue={pictures => {
          settings.pictures.value = pictures
        }}
      />
      <Switch
        label={appearance.saver}
        hint={appearance.saverHint}
        isOn={settings.saving.value}
        onChange={isOn => {
          settings.saving.value = isOn
        }}
      />
      <Switch
        label={appearance.shortcuts}
        hint={appearance.shortcutsHint}
        isOn={settings.shortcuts.value}
        onChange={isOn => {
          settings.shortcuts.value = isOn
        }}
      />
      <button
        type="button"
        class="button"
        onClick={() => {
          isHelpShown.value = true
        }}
      >
        {appearance.showShortcuts}
      </button>
      <p class="small quiet">{appearance.here}</p>
    </>
  )
}
