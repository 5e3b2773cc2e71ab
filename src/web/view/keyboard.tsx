/** The keys of the keyboard (keys.ts) in the page, what they say, and the sheet that lists them. */
import { useEffect } from 'preact/hooks'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { failureSentence } from './key/sentences.ts'
import { isHelpShown, KeyboardHelp } from './keyboard-help.tsx'
import { followKeys } from './keys.ts'
import { say } from './toast.tsx'
import '../style/house.css'
import { isFailed } from '../state/publish.ts'

export function Keyboard() {
  const { bookmarks, composing, session, settings } = useApp()
  const isOn = settings.shortcuts.value
  useEffect(() => {
    if (!isOn) return
    return followKeys({
      write: () => {
        composing.value = { what: 'new' }
      },
      help: () => {
        isHelpShown.value = true
      },
      bookmark: id => void bookmark(id),
    })
  }, [isOn])

  async function bookmark(id: string): Promise<void> {
    const isKept = bookmarks.tags.value.some(([name, kept]) => name === 'e' && kept === id)
    say(words().common.saving, true)
    const result = await (isKept ? bookmarks.remove(['e', id]) : bookmarks.add(['e', id]))
    const { bookmark: texts } = words()
    if (isFailed(result)) say(failureSentence(result, session.clockAhead.value))
    else say(isKept ? texts.removed : texts.added)
  }

  return isHelpShown.value ? <KeyboardHelp /> : null
}
