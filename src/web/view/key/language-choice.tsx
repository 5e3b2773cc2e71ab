/** The language, before there are settings to look for it in. */
import { LANGUAGES, type Language } from '../../words/words.ts'
import { useApp } from '../context.ts'

export function LanguageChoice() {
  const { settings } = useApp()
  return (
    <div class="row languages">
      {(Object.keys(LANGUAGES) as Language[]).map(language => (
        <button
          key={language}
          class="button plain"
          type="button"
          lang={language}
          aria-pressed={settings.language.value === language}
          onClick={() => {
            settings.language.value = language
          }}
        >
          {LANGUAGES[language]}
        </button>
      ))}
    </div>
  )
}
